# What `cmake --install` adds to the program itself: the man page, the example
# configuration, and a systemd unit that names the installed paths.
install(FILES packaging/herald.1 DESTINATION "${CMAKE_INSTALL_MANDIR}/man1")
install(FILES LICENSE packaging/herald.toml docs/configuration.md
  docs/events.md docs/http-api.md docs/operation.md docs/reading.md
  DESTINATION "${CMAKE_INSTALL_DOCDIR}")
install(CODE "
  set(packaging \"${PROJECT_SOURCE_DIR}/packaging\")
  set(scratch \"${PROJECT_BINARY_DIR}\")
  set(bindir \"${CMAKE_INSTALL_BINDIR}\")")
install(SCRIPT packaging/install.cmake)
