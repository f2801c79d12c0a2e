#!/bin/sh
# Ends the local components when the process that owns them is gone, however it went: it reads
# "own PID" and "drop PID" from its owner, and when that pipe closes it ends what is still owned,
# first asked, then killed. It ignores the terminal's signals, since its owner answers those.
trap '' INT TERM HUP QUIT
GRACE_SECONDS=3
owned=''
while read -r word pid; do
  kept=''
  for one in $owned; do
    [ "$one" = "$pid" ] || kept="$kept $one"
  done
  owned=$kept
  [ "$word" = own ] && owned="$owned $pid"
done
# An owner killed between starting a process and telling of it: the mark in the environment ($1)
# finds that one too, where there is a /proc. Each leads its own group.
if [ -n "$1" ] && [ -d /proc/self ]; then
  for file in $(grep -lsaF "$1" /proc/[0-9]*/environ 2>/dev/null); do
    pid=${file#/proc/}
    owned="$owned ${pid%/environ}"
  done
fi
[ -z "$owned" ] && exit 0
for pid in $owned; do kill -TERM "-$pid" 2>/dev/null; done
sleep $GRACE_SECONDS
for pid in $owned; do kill -KILL "-$pid" 2>/dev/null; done
exit 0
