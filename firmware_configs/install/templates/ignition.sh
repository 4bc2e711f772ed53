#!/bin/sh
# Written by `vigil install`. When the ignition line falls, Vigil is told that power fails and ends within a second;
# then the machine is switched off, or Vigil started again once the line is back. Needs gpiod (1 or 2).
set -eu

chip=${CHIP:-gpiochip0}
line=${LINE:?LINE is the number of the ignition line, in /etc/default/vigil-ignition}
power_off=${POWER_OFF:-yes}
hold_s=${HOLD_S:-0.2}

is_low() {
    case $(gpioget --version) in
        *v1.*) level=$(gpioget "$chip" "$line") ;;
        *) level=$(gpioget --numeric --chip="$chip" "$line") ;;
    esac
    [ "$level" = 0 ]
}

wait_for() { # falling or rising
    case $(gpiomon --version) in
        *v1.*) gpiomon --num-events=1 --silent "--$1-edge" "$chip" "$line" ;;
        *) gpiomon --num-events=1 --quiet --edges="$1" --chip="$chip" "$line" ;;
    esac
}

while :; do
    is_low || wait_for falling
    # A starter pulls the line down for a moment.
    sleep "$hold_s"
    is_low || continue
    systemctl kill --signal=PWR vigil.service
    systemctl stop vigil.service
    if [ "$power_off" = yes ]; then
        exec systemctl poweroff
    fi
    while is_low; do wait_for rising; done
    systemctl start vigil.service
done
