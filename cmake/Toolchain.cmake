# Compiler flags, cache and linker. Nothing here names a folder of the project.

find_program(REMIT_CCACHE ccache)
if(REMIT_CCACHE)
  # The precompiled header defeats ccache unless these checks are relaxed; the base directory lets clones share a cache.
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env
      CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      ${REMIT_CCACHE})
endif()

find_program(REMIT_MOLD mold)
if(REMIT_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

add_compile_options(
  -Wall -Wextra -Wconversion -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Werror -Wno-missing-field-initializers
  -fno-omit-frame-pointer -ffile-prefix-map=${CMAKE_SOURCE_DIR}=.)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 reports false positives of these two inside libstdc++ at -O1 and above.
  add_compile_options(-Wno-maybe-uninitialized -Wno-restrict -Wno-stringop-overflow -Wno-stringop-overread -Wno-array-bounds
                      -fpch-preprocess)
else()
  # What g++ leaves out of -Wconversion for C++.
  add_compile_options(-Wno-sign-conversion)
endif()

# Two translation units of Asio at once would fill a small machine.
set_property(GLOBAL PROPERTY JOB_POOLS heavy=1)
