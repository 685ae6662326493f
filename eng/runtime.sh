# Sourced: which Orleans the build has (RUNTIME, as in the Makefile), and where its output lies in each project.
runtime=${RUNTIME:-Embedded}
case $runtime in
  Embedded) bin=bin ;;
  Packages) bin=bin/packages ;;
  *) echo "RUNTIME is '$runtime'; it must be Embedded or Packages." >&2; exit 2 ;;
esac
