add_library(herald_warnings INTERFACE)
target_compile_options(herald_warnings INTERFACE -Wall -Wextra -Wpedantic
  -Wshadow -Wconversion -Wnon-virtual-dtor -Wold-style-cast
  -Woverloaded-virtual -Werror
  # GCC 12 reports overlaps of std::string operations that cannot happen.
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)

# herald_layer(NAME [below...]): the library of this folder, from all its .cpp.
function(herald_layer name)
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cpp")
  add_library(${name} STATIC ${sources})
  target_include_directories(${name} PUBLIC "${PROJECT_SOURCE_DIR}")
  target_link_libraries(${name} PUBLIC ${ARGN} PRIVATE herald_warnings)
endfunction()
