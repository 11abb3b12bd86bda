#!/bin/sh
# Runs a compiler, and fails also where ptxas tells (C75xx, as information) that it serialises wgmma.
# usage: reject-serialized-wgmma.sh nvcc…
log=$("$@" 2>&1)
status=$?
[ -z "$log" ] || printf '%s\n' "$log" >&2
case $log in
  *'(C75'*) exit 1 ;;
esac
exit $status
