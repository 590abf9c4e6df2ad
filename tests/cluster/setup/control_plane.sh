# shellcheck shell=bash
# The real parts: etcd, the API server, and the controllers; without a node those that need none.

eks_suffix=eks-5fba1b5
api_address=10.0.0.10
api_host=0123456789ABCDEF0123456789ABCDEF.gr7.eu-west-1.eks.amazonaws.com
# The names it would have in China and in the US government's regions: it answers to all of them.
api_hosts_elsewhere=(
  0123456789ABCDEF0123456789ABCDEF.sk1.cn-north-1.eks.amazonaws.com.cn
  0123456789ABCDEF0123456789ABCDEF.gr7.us-gov-west-1.eks.amazonaws.com
)
service_network=172.20.0.0/16

# Without those that watch over nodes: they would take the nodes, which tests make, for dead ones.
controllers=(
  serviceaccount-controller serviceaccount-token-controller root-ca-certificate-publisher-controller
  namespace-controller garbage-collector-controller resourcequota-controller
  deployment-controller replicaset-controller statefulset-controller daemonset-controller job-controller cronjob-controller
)

start_etcd() {
  run etcd "$programs/etcd" --data-dir "$state/etcd" --unsafe-no-fsync --log-level warn \
    --listen-client-urls http://127.0.0.1:2379 --advertise-client-urls http://127.0.0.1:2379 \
    --listen-peer-urls http://127.0.0.1:2380 --initial-advertise-peer-urls http://127.0.0.1:2380 \
    --initial-cluster default=http://127.0.0.1:2380
}

start_api_server() {
  local issuer=https://oidc.eks.$region.amazonaws.com/id/${api_host%%.*} bind=0.0.0.0
  # With a node the same port of other addresses is AWS's.
  if has_node; then bind=$api_address; fi
  run kube-apiserver "$programs/kube-apiserver" --etcd-servers http://127.0.0.1:2379 \
    --bind-address "$bind" --secure-port 443 --advertise-address "$api_address" --service-cluster-ip-range "$service_network" \
    --tls-cert-file pki/server.crt --tls-private-key-file pki/server.key --cert-dir "$state/pki" \
    --client-ca-file pki/ca.crt --token-auth-file pki/tokens.csv \
    --authentication-token-webhook-config-file authenticator.kubeconfig --authentication-token-webhook-version v1 \
    --authentication-token-webhook-cache-ttl 0s \
    --authorization-mode Node,RBAC --enable-admission-plugins NodeRestriction --allow-privileged \
    --kubelet-client-certificate pki/kubelet-client.crt --kubelet-client-key pki/kubelet-client.key \
    --kubelet-certificate-authority pki/ca.crt --kubelet-preferred-address-types InternalIP \
    --service-account-issuer "$issuer" --api-audiences https://kubernetes.default.svc \
    --service-account-key-file pki/service-accounts.key --service-account-signing-key-file pki/service-accounts.key
}

# With --use-service-account-credentials each controller has the rights that the API server's own roles give it; without it they have none.
start_controller_manager() {
  local list
  # With a real node all are run: it says itself that it is alive.
  if has_node; then list='*'; else printf -v list '%s,' "${controllers[@]}"; fi
  run kube-controller-manager "$programs/kube-controller-manager" --kubeconfig kubeconfig/kube-controller-manager \
    --controllers "${list%,}" --use-service-account-credentials --leader-elect=false --secure-port 0 \
    --root-ca-file pki/ca.crt --service-account-private-key-file pki/service-accounts.key --flex-volume-plugin-dir "$state/volume-plugins"
}

kubectl() {
  (KUBECONFIG=$state/kubeconfig/admin enter "$programs/kubectl" "$@")
}

wait_for_api_server() {
  wait_for etcd 1 true
  wait_for kube-apiserver 60 kubectl get --raw /readyz
}

install_custom_resources() {
  kubectl create --filename "$setup/custom_resources.yaml" >>"$state/log/kubectl"
}

wait_for_controllers() {
  wait_for kube-controller-manager 30 kubectl --namespace default get serviceaccount/default configmap/kube-root-ca.crt
}
