# shellcheck shell=bash
# Starts, watches and ends processes: only those of this cluster, by their ids.

# In the order in which they end. `namespaces` is the process that keeps the network and the mount namespace in being.
parts=(eks-pod-identity-webhook kube-controller-manager kube-apiserver eks-authenticator aws etcd namespaces)

all_parts() {
  if has_node; then printf '%s\n' "${node_parts[@]}"; fi
  printf '%s\n' "${parts[@]}"
}

# Prints when a process began, in ticks since boot: with the id it names one process for ever.
began() {
  local line
  line=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  read -ra line <<<"${line##*) }"
  [[ ${line[0]} != Z ]] || return 1
  echo "${line[19]}"
}

# note NAME PID: remembers a process that was started
note() {
  # Its end is none of the shell's business: bash would report it.
  disown "$2" 2>/dev/null || true
  echo "$2 $(began "$2")" >"$state/pid/$1"
}

is_alive() {
  local pid start
  read -r pid start 2>/dev/null <"$state/pid/$1" || return 1
  [[ $start && $(began "$pid") == "$start" ]]
}

# enter COMMAND…: becomes the command, inside the namespaces and in the same directory
enter() {
  local pid
  read -r pid _ <"$state/pid/namespaces"
  exec nsenter --target "$pid" --net --mount -- env --chdir="$PWD" -- "$@"
}

# run NAME COMMAND…: starts a process inside that outlives this script; what stands in `before` starts it
before=()
run() {
  local name=$1 keeper
  shift
  read -r keeper _ <"$state/pid/namespaces"
  setsid ${before[@]+"${before[@]}"} nsenter --target "$keeper" --net --mount -- env --chdir="$state" -- "$@" \
    >"$state/log/$name" 2>&1 </dev/null 9<&- &
  note "$name" $!
}

# wait_for NAME SECONDS COMMAND…: until the command succeeds; gives up at once when the process NAME has ended
wait_for() {
  local name=$1 end=$((SECONDS + $2))
  shift 2
  # In a shell of its own: one that is interrupted here has to keep its standard error.
  until ("$@") >/dev/null 2>&1; do
    is_alive "$name" || give_up "$name has ended"
    ((SECONDS < end)) || give_up "$name is not ready in time"
    sleep 0.05
  done
}

is_listening() { # is_listening PORT
  (enter bash -c "exec 3<>/dev/tcp/127.0.0.1/$1")
}

give_up() {
  echo "cluster: $1; the end of its log:" >&2
  tail -n 15 "$state/log/${1%% *}" >&2 || true
  return 1
}

stop_all() {
  local name pid
  for name in $(all_parts); do
    is_alive "$name" || continue
    read -r pid _ <"$state/pid/$name"
    # The API server takes seconds to end gracefully, and nothing here is worth keeping.
    kill -KILL "$pid" 2>/dev/null || true
  done
  for name in $(all_parts); do
    while is_alive "$name"; do sleep 0.01; done
  done
  # The containers.
  remove_group
}

# The namespaces: loopback, the API server's address, and a hosts file that knows the cluster's names.
enter_new_namespaces() {
  { cat /etc/hosts; echo "$api_address $api_host ${api_hosts_elsewhere[*]}"; } >"$state/hosts"
  setsid unshare --net --mount --propagation private -- sh -euc "
    ip link set lo up
    ip address add $api_address/32 dev lo
    for address in $eks_auth_address $untrusted_address $name_server $metadata_address; do ip address add \$address/32 dev lo; done
    mount --bind '$state/hosts' /etc/hosts
    : >'$state/namespaces.ready'
    exec sleep infinity
  " >"$state/log/namespaces" 2>&1 </dev/null 9<&- &
  note namespaces $!
  wait_for namespaces 10 test -e "$state/namespaces.ready"
}
