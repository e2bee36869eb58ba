# What `cmake --install` puts where. Units are put there, but nobody starts them: samples/README.md tells how.
include(GNUInstallDirs)
install(TARGETS bulkdrop RUNTIME)
if(BULKDROP_SANDBOX)
  install(TARGETS bulkdrop-sandbox RUNTIME)
endif()
install(DIRECTORY ${manual}/man/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(DIRECTORY ${manual}/bash/ DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(DIRECTORY ${manual}/zsh/ DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
install(DIRECTORY ${manual}/fish/ DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
install(FILES README.md CHANGELOG.md CONTRIBUTING.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
# What the README shows and names, under the names that it has there.
install(DIRECTORY bench/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/bench FILES_MATCHING PATTERN *.md PATTERN *.svg)
install(CODE "set(documents \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_DOCDIR}\")")
install(CODE [[
  file(MAKE_DIRECTORY $ENV{DESTDIR}${documents})
  file(CREATE_LINK examples $ENV{DESTDIR}${documents}/samples SYMBOLIC)
]])
# demo.sh builds bulkdrop from its sources.
install(DIRECTORY samples/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples USE_SOURCE_PERMISSIONS
        PATTERN demo.sh EXCLUDE)
# The scheduled clean-up: the script where the unit calls it, and the units where systemd looks for them. The units are
# written for /usr; another prefix is known only when it is installed.
install(PROGRAMS samples/nightly-cleanup.sh DESTINATION libexec/bulkdrop)
set(BULKDROP_SAMPLES ${PROJECT_SOURCE_DIR}/samples)
install(CODE "set(samples \"${BULKDROP_SAMPLES}\")")
install(CODE [[
  set(units ${CMAKE_INSTALL_PREFIX}/lib/systemd/system)
  foreach(unit IN ITEMS bulkdrop-cleanup.service bulkdrop-cleanup.timer bulkdrop-cleanup-failed.service)
    file(INSTALL ${samples}/${unit} DESTINATION ${units})
    file(READ ${samples}/${unit} text)
    string(REPLACE /usr/libexec/ ${CMAKE_INSTALL_PREFIX}/libexec/ text "${text}")
    file(WRITE $ENV{DESTDIR}${units}/${unit} "${text}")
  endforeach()
]])
