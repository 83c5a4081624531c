# Runs at install time, because only then `--prefix` is known. Expects
# `packaging`, `scratch` and `bindir` from cmake/packaging.cmake.
set(prefix "${CMAKE_INSTALL_PREFIX}")
set(HERALD_PROGRAM "${prefix}/${bindir}/herald")
set(HERALD_CONFIG_DIR "${prefix}/etc/herald")
if(prefix STREQUAL "/usr" OR prefix STREQUAL "/")
  set(HERALD_CONFIG_DIR "/etc/herald")
endif()

configure_file("${packaging}/herald.service.in" "${scratch}/herald.service"
  @ONLY)
file(INSTALL "${scratch}/herald.service"
  DESTINATION "${prefix}/lib/systemd/system")

# A configuration that is there already belongs to the operator.
if(NOT EXISTS "$ENV{DESTDIR}${HERALD_CONFIG_DIR}/herald.toml")
  file(INSTALL "${packaging}/herald.toml" DESTINATION "${HERALD_CONFIG_DIR}")
endif()
