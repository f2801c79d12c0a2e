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
[ -z "$owned" ] && exit 0
for pid in $owned; do kill -TERM "-$pid" 2>/dev/null; done
sleep $GRACE_SECONDS
for pid in $owned; do kill -KILL "-$pid" 2>/dev/null; done
exit 0
