# The names that tools/layers.txt uses for third-party libraries, as interface targets `third_party_<name>`.

find_package(Threads REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(CURL REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(fmt REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json)
find_package(GTest REQUIRED)

function(remit_third_party name)
  add_library(third_party_${name} INTERFACE)
  target_link_libraries(third_party_${name} INTERFACE ${ARGN})
endfunction()

remit_third_party(fmt fmt::fmt)
remit_third_party(openssl OpenSSL::SSL OpenSSL::Crypto)
remit_third_party(json Boost::json)
remit_third_party(sqlite SQLite::SQLite3)
remit_third_party(curl CURL::libcurl)
remit_third_party(asio Boost::headers OpenSSL::SSL OpenSSL::Crypto Threads::Threads)
remit_third_party(toml)
remit_third_party(cli11)
remit_third_party(xxhash xxhash)
# For every test program; include <rapidcheck/gtest.h> after gtest.
remit_third_party(rapidcheck rapidcheck)
# For the programs of *_bench.cc.
remit_third_party(benchmark benchmark benchmark_main Threads::Threads)

# What the program allocates with: memory goes from thread to thread with every request, which jemalloc is made for
# (docs/adr/0015-allocator.md). Sanitizers bring their own.
add_library(remit_allocator INTERFACE)
if(NOT CMAKE_CXX_FLAGS MATCHES "-fsanitize")
  target_link_libraries(remit_allocator INTERFACE jemalloc)
endif()
