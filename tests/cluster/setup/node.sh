# shellcheck shell=bash
# The node: containerd with runc and the CNI plugins of Debian, a real kubelet, the scheduler, and all the machine would notice of them.

node_address=10.88.0.1
node_name=ip-${node_address//./-}.$region.compute.internal
pod_network=10.88.0.0/24
bridge=podid0
# A bridge that was given none takes the lowest address of its ports: with a pod that comes or goes it may change, and what
# running pods then send to the node, and through it, is lost until their neighbour entries have aged, half a minute later.
bridge_hardware_address=02:00:0a:58:00:01
node_parts=(kubelet kube-scheduler containerd name-server)
# What the kubelet wants of the machine as a whole. It sees these values, and so leaves the machine's own alone.
declare -A wanted_sysctls=(
  [vm/overcommit_memory]=1 [vm/panic_on_oom]=0 [kernel/panic]=10 [kernel/panic_on_oops]=1
  [kernel/keys/root_maxkeys]=1000000 [kernel/keys/root_maxbytes]=25000000
)

# All that runs on the node is in one control group, named after the state directory: whatever is in it is this cluster's.
group=podid-$(cksum <<<"$state" | cut -d ' ' -f 1)

group_folders() { # in each hierarchy; with the second version of control groups there is but one
  if [[ -e /sys/fs/cgroup/cgroup.controllers ]]; then
    echo "/sys/fs/cgroup/$group"
  else
    local hierarchy
    for hierarchy in /sys/fs/cgroup/*/; do
      # A link names a hierarchy a second time.
      [[ -L ${hierarchy%/} || ! -e $hierarchy/cgroup.procs ]] || echo "$hierarchy$group"
    done
  fi
}

make_group() {
  local folder file
  for folder in $(group_folders); do
    mkdir -p "$folder/daemons"
    # An empty set of processors takes nobody in.
    for file in cpuset.cpus cpuset.mems; do
      [[ ! -e ${folder%/*}/$file ]] || for folder in "$folder" "$folder/daemons"; do cat "/sys/fs/cgroup/cpuset/$file" >"$folder/$file"; done
      folder=${folder%/daemons}
    done
  done
}

# Whoever is in the group is ended, by id, and the group is taken away.
remove_group() {
  local folder member
  local -a folders
  mapfile -t folders < <(group_folders)
  for _ in {1..100}; do
    local -a members=()
    for folder in "${folders[@]}"; do
      [[ ! -d $folder ]] || mapfile -t -O ${#members[@]} members < <(find "$folder" -name cgroup.procs -exec cat {} + 2>/dev/null)
    done
    ((${#members[@]})) || break
    for member in "${members[@]}"; do kill -KILL "$member" 2>/dev/null || true; done
    sleep 0.05
  done
  for folder in "${folders[@]}"; do
    [[ ! -d $folder ]] || find "$folder" -depth -type d -exec rmdir {} + 2>/dev/null || true
  done
}

# run_on_node NAME COMMAND…: as run, and in the node's control group
run_on_node() {
  local procs=/sys/fs/cgroup/pids/$group/daemons/cgroup.procs
  [[ -e $procs ]] || procs=/sys/fs/cgroup/$group/daemons/cgroup.procs
  local before=(bash -c "echo \$\$ >$procs && exec \"\$@\"" --)
  run "$@"
}

require_node() {
  need containerd containerd
  need ctr containerd
  need runc runc
  [[ -x /bin/busybox ]] || fail "/bin/busybox is missing; install the package busybox-static"
  ! ldd /bin/busybox >/dev/null 2>&1 || fail "/bin/busybox needs libraries; install the package busybox-static"
  [[ -x /usr/lib/cni/bridge ]] || fail "/usr/lib/cni/bridge is missing; install the package containernetworking-plugins"
}

# Some places are fixed in the kubelet, in containerd and in the CNI plugins. Inside they are layers that end with the namespace.
prepare_node() {
  local name
  mkdir "$state"/{layers,sysctl,cni,node}
  for name in "${!wanted_sysctls[@]}"; do echo "${wanted_sysctls[$name]}" >"$state/sysctl/${name//\//.}"; done
  (enter bash -euc '
    state=$1
    mount -t tmpfs layers "$state/layers"
    for place in var/lib var/log run; do
      mkdir -p "$state/layers/$place"/{above,work}
      mount -t overlay -o "lowerdir=/$place,upperdir=$state/layers/$place/above,workdir=$state/layers/$place/work" layers "/$place"
    done
    for name in "$state"/sysctl/*; do
      place=${name##*/}
      mount --bind "$name" "/proc/sys/${place//./\/}"
    done
    ip link add "'"$bridge"'" address '"$bridge_hardware_address"' type bridge
    ip address add "'"$node_address/24"'" dev "'"$bridge"'"
    ip link set "'"$bridge"'" up
  ' bash "$state")
  cat >"$state/cni/10-bridge.conf" <<END
{"cniVersion": "0.4.0", "name": "pods", "type": "bridge", "bridge": "$bridge", "isGateway": true,
 "ipam": {"type": "host-local", "subnet": "$pod_network", "gateway": "$node_address", "routes": [{"dst": "0.0.0.0/0"}],
          "dataDir": "$state/node/addresses"}}
END
}

start_containerd() {
  cat >"$state/containerd.toml" <<END
version = 2
root = "$state/node/containerd"
state = "$state/node/containerd-state"
[grpc]
  address = "$state/containerd.sock"
[ttrpc]
  address = "$state/containerd.ttrpc"
[plugins."io.containerd.internal.v1.opt"]
  path = "$state/node/opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "$pause_image"
  disable_apparmor = true
  # Without CAP_SYS_RESOURCE nobody may lower a score.
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "$state/cni"
END
  run_on_node containerd containerd --config "$state/containerd.toml"
}

images_of() { # images_of ARGUMENTS…: the tool of containerd, on the images of the kubelet
  (enter ctr --address "$state/containerd.sock" --namespace k8s.io images "$@")
}

load_images() {
  wait_for containerd 30 images_of list
  images_of import "$state/images.tar" >>"$state/log/images"
  [[ ! -e $state/release.tar ]] || images_of import "$state/release.tar" >>"$state/log/images"
}

start_scheduler() {
  run_on_node kube-scheduler "$programs/kube-scheduler" --kubeconfig kubeconfig/kube-scheduler --leader-elect=false \
    --authentication-skip-lookup --bind-address 127.0.0.1
}

# What the kubelet runs for a log query. The agent's lines are those of its pod, as if it were a unit of the node, as on one of EKS
# Auto Mode; the file `queries` switches it on, and without it the journal has no such unit.
install_journal() {
  mkdir -p "$state/node/bin"
  cat >"$state/node/bin/journalctl" <<END
#!/bin/bash
if [[ \$* == *--field* ]]; then
  [[ ! -e $state/node/queries ]] || echo eks-pod-identity-agent.service
else
  prefix="\$(LC_ALL=C date -u '+%b %d %H:%M:%S.%6N') ${node_name%%.*} eks-pod-identity-agent[1]: "
  sed -n "s/^[^ ]* std[a-z]* F /\$prefix/p" $state/node/logs/kube-system_eks-pod-identity-agent-*/eks-pod-identity-agent/*.log
fi
END
  chmod +x "$state/node/bin/journalctl"
}

start_kubelet() {
  echo "nameserver $name_server" >"$state/resolv.conf"
  cat >"$state/kubelet.yaml" <<END
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
containerRuntimeEndpoint: unix://$state/containerd.sock
providerID: aws:///${region}a/i-0123456789abcdef0
authentication:
  anonymous: {enabled: false}
  webhook: {enabled: true}
  x509: {clientCAFile: $state/pki/ca.crt}
authorization: {mode: Webhook}
tlsCertFile: $state/pki/node.crt
tlsPrivateKeyFile: $state/pki/node.key
cgroupDriver: cgroupfs
cgroupRoot: /$group
failCgroupV1: false
failSwapOn: false
# Lowering it needs CAP_SYS_RESOURCE.
oomScoreAdj: 0
# There is no kube-proxy.
makeIPTablesUtilChains: false
resolvConf: $state/resolv.conf
clusterDNS: [$name_server]
clusterDomain: cluster.local
podLogsDir: $state/node/logs
volumePluginDir: $state/node/volume-plugins
# The disk of the machine may be as full as it likes.
evictionHard: {memory.available: 1Mi, nodefs.available: "0%", imagefs.available: "0%", nodefs.inodesFree: "0%", imagefs.inodesFree: "0%"}
imageGCHighThresholdPercent: 100
syncFrequency: 2s
shutdownGracePeriod: 0s
enableSystemLogQuery: true
featureGates: {NodeLogQuery: true}
# The tests start and end many pods.
kubeAPIQPS: 200
kubeAPIBurst: 400
END
  install_journal
  run_on_node kubelet env PATH="$state/node/bin:$PATH" "$programs/kubelet" --config "$state/kubelet.yaml" --kubeconfig kubeconfig/kubelet \
    --root-dir "$state/node/kubelet" --cert-dir "$state/node/kubelet/pki" --hostname-override "$node_name" --node-ip "$node_address" \
    --node-labels "eks.amazonaws.com/nodegroup=default,topology.kubernetes.io/zone=${region}a"
}

wait_for_node() {
  wait_for kubelet 60 kubectl wait --for=condition=Ready "node/$node_name" --timeout=1s
}

# The agent's daemon set as the add-on makes it.
install_agent() {
  sed "s|@IMAGE@|$agent_image|; s|@REGION@|$region|" "$root/tests/cluster/setup/agent.yaml" >"$state/agent.yaml"
  kubectl apply --filename "$state/agent.yaml" >>"$state/log/kubectl"
  wait_for kubelet 60 kubectl --namespace kube-system rollout status daemonset/eks-pod-identity-agent --timeout=1s
}

# What of the cluster is on the machine: nothing, once it is down.
traces() {
  local folder file
  for file in /proc/[0-9]*/cmdline; do
    # A process may end while it is looked at.
    ! { tr '\0' ' ' <"$file" | grep -qF "$state/"; } 2>/dev/null || echo "process ${file//[^0-9]/}"
  done
  for folder in $(group_folders); do [[ ! -d $folder ]] || echo "control group $folder"; done
  awk -v state="$state/" 'index($2, state) == 1 {print "mount " $2}' /proc/self/mounts
  [[ ! -e $state ]] || echo "folder $state"
}
