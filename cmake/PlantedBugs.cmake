# Programs with planted bugs, for tools/run_planted: beside each program and test that reaches one, `<name>_planted`.
#
# Only the sources that include kit/base/planted.h are compiled a second time, with REMIT_PLANTED_BUGS; a planted program is
# linked from those, from the objects of the program that it is the twin of, and from the same libraries, of which the linker
# leaves out what it has already. Nothing of it is built unless asked for, and no other target has the definition.

option(REMIT_PLANTED_BUGS "Describes the programs with planted bugs" OFF)

# Objects of one folder, as `<target>_planted`, and its test program. `folders` are those that it may include.
function(remit_plant_bugs target sources folders tests)
  set(planted ${sources})
  list(FILTER planted EXCLUDE REGEX "_(test|fuzz|bench)\\.cc$")
  foreach(source IN LISTS planted)
    file(STRINGS ${source} includes REGEX "^#include \"kit/base/planted\\.h\"")
    if(NOT includes)
      list(REMOVE_ITEM planted ${source})
    endif()
  endforeach()
  set(objects "")
  if(planted)
    add_library(${target}_planted OBJECT EXCLUDE_FROM_ALL ${planted})
    target_compile_definitions(${target}_planted PRIVATE REMIT_PLANTED_BUGS)
    target_link_libraries(${target}_planted PRIVATE ${target})
    target_precompile_headers(${target}_planted REUSE_FROM remit_pch)
    set_property(GLOBAL APPEND PROPERTY REMIT_PLANTED_OBJECTS ${target}_planted)
    set(objects $<TARGET_OBJECTS:${target}_planted>)
  endif()
  foreach(folder IN LISTS folders)
    remit_target_name(${folder} name)
    if(TARGET ${name}_planted)
      list(APPEND objects $<TARGET_OBJECTS:${name}_planted>)
    endif()
  endforeach()
  if(tests AND objects)
    remit_add_planted(${target}_test "${objects}" ${target} GTest::gtest GTest::gmock GTest::gtest_main
                      third_party_rapidcheck remit_source_dir)
  endif()
endfunction()

# The twin of the program itself, with the bugs of all folders.
function(remit_add_planted_program program library)
  get_property(targets GLOBAL PROPERTY REMIT_PLANTED_OBJECTS)
  list(TRANSFORM targets REPLACE "(.+)" "$<TARGET_OBJECTS:\\1>" OUTPUT_VARIABLE objects)
  remit_add_planted(${program} "${objects}" ${library} remit_allocator)
endfunction()

function(remit_add_planted program objects)
  add_executable(${program}_planted EXCLUDE_FROM_ALL $<TARGET_OBJECTS:${program}> ${objects})
  set_target_properties(${program}_planted PROPERTIES LINKER_LANGUAGE CXX)
  target_link_libraries(${program}_planted PRIVATE ${ARGN})
endfunction()
