add_library(herald_warnings INTERFACE)
target_compile_options(herald_warnings INTERFACE -Wall -Wextra -Wpedantic
  -Wshadow -Wconversion -Wnon-virtual-dtor -Wold-style-cast
  -Woverloaded-virtual -Werror
  # GCC 12 reports overlaps of std::string operations that cannot happen.
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)
if(CMAKE_UNITY_BUILD)
  # A file that is included looks like a header, whose types must not depend on
  # an anonymous namespace.
  target_compile_options(herald_warnings INTERFACE
    $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
endif()

# What an attacker who finds a fault should run into: checked copies and indices,
# stacks that notice an overflow, jumps to marked places only, and no function
# table that can be written to. tests/hardening looks at the program.
include(CheckCXXCompilerFlag)
check_cxx_compiler_flag(-fcf-protection=full HERALD_HAS_CET)
add_compile_options(-fstack-protector-strong -fstack-clash-protection
  $<$<BOOL:${HERALD_HAS_CET}>:-fcf-protection=full>)
add_compile_definitions(_GLIBCXX_ASSERTIONS)
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  # It needs an optimiser; sanitizers check more themselves.
  add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
endif()
add_link_options(-Wl,-z,relro,-z,now)

# herald_unite(TARGET): with CMAKE_UNITY_BUILD (preset `release`), files are
# compiled in groups of four to eight, which halves a build. What a file's group
# is depends on its path alone, so that a new file changes one group; names in
# anonymous namespaces must be unique in a group.
function(herald_unite target)
  get_target_property(sources ${target} SOURCES)
  list(LENGTH sources count)
  set(groups 1)
  while(count GREATER_EQUAL 8)
    math(EXPR groups "${groups} * 2")
    math(EXPR count "${count} / 2")
  endwhile()
  foreach(source IN LISTS sources)
    file(RELATIVE_PATH path "${PROJECT_SOURCE_DIR}" "${source}")
    string(MD5 hash "${path}")
    string(SUBSTRING "${hash}" 0 6 hash)
    math(EXPR group "0x${hash} % ${groups}")
    set_property(SOURCE "${source}" PROPERTY UNITY_GROUP "group${group}")
  endforeach()
  set_target_properties(${target} PROPERTIES UNITY_BUILD_MODE GROUP)
endfunction()

# herald_layer(NAME [below...]): the library of this folder, from all .cpp in it
# and in its wings.
function(herald_layer name)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS
    "${CMAKE_CURRENT_SOURCE_DIR}/*.cpp")
  add_library(${name} STATIC ${sources})
  target_include_directories(${name} PUBLIC "${PROJECT_SOURCE_DIR}")
  target_link_libraries(${name} PUBLIC ${ARGN} PRIVATE herald_warnings)
  herald_unite(${name})
endfunction()

# The compiler's own heap is collected rarely: a tenth off a build, for at most
# 600 MB a job.
add_compile_options("$<$<CXX_COMPILER_ID:GNU>:SHELL:--param ggc-min-expand=1000 --param ggc-min-heapsize=1000000>")

# herald_precompile(TARGET headers...): precompiles headers of others, which
# takes a third off a build. Only `release` and `checked` do: in the others
# every file shows that it includes what it uses.
function(herald_precompile target)
  if(HERALD_PRECOMPILE)
    target_precompile_headers(${target} PRIVATE <algorithm> <chrono> <functional>
      <map> <memory> <optional> <random> <string> <unordered_map> <variant>
      <vector> ${ARGN})
    target_compile_options(${target} PRIVATE
      $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
  endif()
endfunction()

# herald_precompiled_as(TARGET OTHER): takes what OTHER has precompiled. Its
# options must be the same, and OTHER defines no macro that TARGET does not.
function(herald_precompiled_as target other)
  if(HERALD_PRECOMPILE)
    target_precompile_headers(${target} REUSE_FROM ${other})
    target_compile_options(${target} PRIVATE
      $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
  endif()
endfunction()

set(caf_headers <caf/allowed_unsafe_message_type.hpp> <caf/atom.hpp>
  <caf/expected.hpp> <caf/send.hpp> <caf/typed_event_based_actor.hpp>
  <caf/typed_response_promise.hpp>)
set(gmock_headers <gmock/gmock.h> <gtest/gtest.h>)
