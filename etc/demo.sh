#!/bin/bash
# Starts Parley on loopback, lets a caller with another voice talk to the
# sample flow, shows the timeline of the call and then stays up.
set -u
parley=${1:-bin/parley}
export PARLEY_DATA=${PARLEY_DATA:-data}
log=$(mktemp)
exec {own}<>"$log"
rm -f "$log"

# In a session of its own: Ctrl-C reaches it once, through the trap. A second
# Ctrl-C ends what a drain still waits for.
setsid "$parley" serve --config etc/parley.yaml 2> >(trap '' INT TERM; exec tee /dev/fd/$own >&2) &
server=$!
stopped=
trap 'stopped=yes; kill -INT $server 2>/dev/null' INT TERM

# Ready is what our own Parley says of itself: another one may answer at the
# same address.
ready() { grep -q 'parley is ready' /dev/fd/$own; }
until ready || [ $stopped ]; do
  if ! kill -0 $server 2>/dev/null; then
    wait $server; code=$?
    echo
    echo "Parley could not start: the line above says why."
    echo "If an address is in use, another program has it, perhaps another Parley: find it with"
    echo "  ss -lntup | grep -E ':(5060|8080|9092) '"
    echo "and stop it, or give Parley other addresses (sip.listen, http.listen, audiosocket.listen) in etc/parley.yaml."
    exit $(( code ? code : 1 ))
  fi
  sleep 0.2
done

status=0
if [ ! $stopped ]; then
  echo
  echo "A caller dials sip:demo@127.0.0.1. It speaks with the voice rms, the robot with slt."
  echo "It asks a question, then another one while the robot is talking, keys a number and says goodbye."
  echo
  "$parley" call sip:demo@127.0.0.1 --watch \
    --wait-quiet --say "when are you open" \
    --interrupt-after 1s --say "where is my order" \
    --wait-quiet --dtmf 1234 \
    --wait-quiet --say "no thank you" \
    --wait-quiet --say "yes"
  status=$?
fi

if [ ! $stopped ]; then
  [ $status = 0 ] || echo "The demonstration call failed with status $status."
  cat <<END

Parley stays up. Call it with a softphone: sip:shop@127.0.0.1 (the robot) or sip:echo@127.0.0.1 (hear yourself),
no registration, no password, from this machine only.
Pages:  http://127.0.0.1:8080/  (the token to sign in is in $PARLEY_DATA/token)
API:    http://127.0.0.1:8080/openapi.json
Calls:  $parley calls list        $parley calls timeline ID
Ctrl-C drains and stops.
END
fi
while kill -0 $server 2>/dev/null; do wait $server; code=$?; done
exit ${code:-0}
