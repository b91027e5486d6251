# Builds one static library and one test program per line of tools/layers.txt.
#
# A folder's sources are all *.cc below it, except those of a deeper folder that has a line of its own. Files that end in
# _test.cc go to the test program `<folder>_test`, main.cc to the program `remit`. Each _fuzz.cc is a program
# (`remit_kit_base_json_fuzz`) that searches in the fuzz preset and replays its corpus in the others; each _bench.cc is one
# that is built when asked for by name (`remit_kit_base_codec_bench`).
# A file that ends in _preload.cc becomes a shared library of its own (`libremit_faults.so` of faults_preload.cc), which is
# preloaded into programs and linked with none.
# A file that includes Asio or Beast ends in _asio.cc and compiles one at a time.

set(REMIT_TEST_SUFFIXES "_(test|pg_test|nats_test|kafka_test|e2e_test)\\.cc$")

add_library(remit_pch OBJECT ${CMAKE_SOURCE_DIR}/cmake/pch.cc)
target_precompile_headers(remit_pch PRIVATE ${CMAKE_SOURCE_DIR}/cmake/pch.h)
target_link_libraries(remit_pch PRIVATE fmt::fmt)
add_library(remit_test_pch OBJECT ${CMAKE_SOURCE_DIR}/cmake/pch.cc)
target_precompile_headers(remit_test_pch PRIVATE ${CMAKE_SOURCE_DIR}/cmake/test_pch.h)
target_link_libraries(remit_test_pch PRIVATE fmt::fmt GTest::gtest GTest::gmock)

# Tests find golden files by this. A source of its own, since a definition on the command line would keep clones from
# sharing compiled tests.
file(GENERATE OUTPUT ${CMAKE_BINARY_DIR}/source_dir.cc CONTENT
     "namespace remit { extern const char* const kSourceDir; const char* const kSourceDir = \"${CMAKE_SOURCE_DIR}\"; }\n")
add_library(remit_source_dir STATIC ${CMAKE_BINARY_DIR}/source_dir.cc)

function(remit_target_name folder result)
  string(REPLACE "/" "_" name "remit_${folder}")
  set(${result} ${name} PARENT_SCOPE)
endfunction()

function(remit_folder_sources folder folders result)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/src/${folder}/*.cc")
  foreach(other IN LISTS folders)
    if(other MATCHES "^${folder}/.")
      list(FILTER sources EXCLUDE REGEX "/src/${other}/")
    endif()
  endforeach()
  set(${result} ${sources} PARENT_SCOPE)
endfunction()

# What drives a fuzz target: libFuzzer, or the replay of its corpus.
add_library(remit_fuzz_main INTERFACE)
if(REMIT_FUZZ)
  target_link_options(remit_fuzz_main INTERFACE -fsanitize=fuzzer)
else()
  add_library(remit_fuzz_replay STATIC ${CMAKE_SOURCE_DIR}/cmake/fuzz_replay.cc)
  target_link_libraries(remit_fuzz_main INTERFACE remit_fuzz_replay)
endif()

# One program per file: `remit_<folder>_<file>`. Sets `result` to their names.
function(remit_add_programs target sources suffix result)
  list(FILTER sources INCLUDE REGEX "${suffix}\\.cc$")
  set(names "")
  foreach(source IN LISTS sources)
    get_filename_component(name ${source} NAME_WE)
    add_executable(${target}_${name} ${source})
    target_link_libraries(${target}_${name} PRIVATE ${target} ${ARGN})
    list(APPEND names ${target}_${name})
  endforeach()
  set(${result} ${names} PARENT_SCOPE)
endfunction()

function(remit_add_folder folder dependencies libraries folders)
  remit_target_name(${folder} target)
  remit_folder_sources(${folder} "${folders}" sources)
  set(all_sources ${sources})
  set(tests ${sources})
  list(FILTER tests INCLUDE REGEX "${REMIT_TEST_SUFFIXES}")
  list(FILTER sources EXCLUDE REGEX "(${REMIT_TEST_SUFFIXES})|(_fuzz\\.cc$)|(_bench\\.cc$)|(_preload\\.cc$)|(/main\\.cc$)|(/planted\\.cc$)")

  set(links "")
  foreach(dependency IN LISTS dependencies)
    remit_target_name(${dependency} name)
    list(APPEND links ${name})
  endforeach()
  foreach(library IN LISTS libraries)
    list(APPEND links third_party_${library})
  endforeach()

  if(sources)
    add_library(${target} STATIC ${sources})
    target_include_directories(${target} PUBLIC ${CMAKE_SOURCE_DIR}/src)
    target_link_libraries(${target} PUBLIC ${links} third_party_fmt)
    target_precompile_headers(${target} REUSE_FROM remit_pch)
    foreach(source IN LISTS sources)
      if(source MATCHES "_asio\\.cc$")
        set_source_files_properties(${source} PROPERTIES SKIP_PRECOMPILE_HEADERS OFF)
      endif()
    endforeach()
  else()
    add_library(${target} INTERFACE)
    target_include_directories(${target} INTERFACE ${CMAKE_SOURCE_DIR}/src)
    target_link_libraries(${target} INTERFACE ${links} third_party_fmt)
  endif()

  if(tests)
    add_executable(${target}_test ${tests})
    target_link_libraries(${target}_test PRIVATE ${target} GTest::gtest GTest::gmock GTest::gtest_main
                                                 third_party_rapidcheck remit_source_dir)
    target_precompile_headers(${target}_test REUSE_FROM remit_test_pch)
    add_test(NAME ${folder} COMMAND ${target}_test)
    # The same cases every time: properties are searched further by the fuzz targets.
    set_tests_properties(${folder} PROPERTIES ENVIRONMENT "RC_PARAMS=seed=1")
  endif()

  remit_add_programs(${target} "${all_sources}" _bench benches third_party_benchmark)
  if(benches)
    set_target_properties(${benches} PROPERTIES EXCLUDE_FROM_ALL ON)
  endif()
  remit_add_programs(${target} "${all_sources}" _fuzz fuzzers remit_fuzz_main)
  if(REMIT_PLANTED_BUGS)
    remit_plant_bugs(${target} "${all_sources}" "${dependencies}" "${tests}")
  endif()

  set(preloads ${all_sources})
  list(FILTER preloads INCLUDE REGEX "_preload\\.cc$")
  foreach(source IN LISTS preloads)
    get_filename_component(name ${source} NAME_WE)
    string(REPLACE "_preload" "" name ${name})
    add_library(remit_${name} SHARED ${source})
    target_include_directories(remit_${name} PRIVATE ${CMAKE_SOURCE_DIR}/src)
    set_target_properties(remit_${name} PROPERTIES POSITION_INDEPENDENT_CODE ON)
  endforeach()

  if(EXISTS "${CMAKE_SOURCE_DIR}/src/${folder}/main.cc")
    add_executable(remit "${CMAKE_SOURCE_DIR}/src/${folder}/main.cc")
    target_link_libraries(remit PRIVATE ${target} remit_allocator)
    if(REMIT_PLANTED_BUGS)
      remit_add_planted_program(remit ${target})
    endif()
  endif()
endfunction()

function(remit_add_layers file)
  file(STRINGS ${file} lines REGEX "^[a-z]")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  set(folders "")
  foreach(line IN LISTS lines)
    string(REGEX REPLACE "[ \t]*:.*" "" folder "${line}")
    list(APPEND folders ${folder})
  endforeach()
  foreach(line IN LISTS lines)
    string(REGEX MATCH "^([a-z0-9_/]+)[ \t]*:([^|]*)\\|?(.*)$" matched "${line}")
    set(folder ${CMAKE_MATCH_1})
    separate_arguments(dependencies UNIX_COMMAND "${CMAKE_MATCH_2}")
    separate_arguments(libraries UNIX_COMMAND "${CMAKE_MATCH_3}")
    remit_add_folder(${folder} "${dependencies}" "${libraries}" "${folders}")
  endforeach()
endfunction()
