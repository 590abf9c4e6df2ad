# shellcheck shell=bash
# Makes the keys and certificates: one authority, as EKS has one for each cluster, and what it signs.

make_keys() {
  cd "$state/pki"
  key ca
  openssl req -x509 -new -key ca.key -subj /CN=kubernetes -days 30 -addext keyUsage=critical,keyCertSign,cRLSign -out ca.crt
  sign server /CN=kube-apiserver \
    "subjectAltName=DNS:$api_host$(printf ',DNS:%s' "${api_hosts_elsewhere[@]}"),DNS:kubernetes.default.svc,DNS:localhost,IP:$api_address,IP:127.0.0.1,IP:${service_network%.*}.1"
  sign kubelet-client /O=system:masters/CN=kube-apiserver-kubelet-client extendedKeyUsage=clientAuth
  # For the kubelets that tests play: the API server asks them for logs.
  sign kubelet /O=system:nodes/CN=system:node:played subjectAltName=IP:127.0.0.1
  sign node "/O=system:nodes/CN=system:node:$node_name" "subjectAltName=IP:$node_address,DNS:$node_name"
  # What the agent asks over TLS; and the same from somebody whom nobody trusts.
  sign aws /CN=eks-auth "subjectAltName=DNS:$eks_auth_host,DNS:sts.$region.amazonaws.com"
  key stranger
  openssl req -x509 -new -key stranger.key -subj /CN=eks-auth -days 30 -addext "subjectAltName=DNS:$eks_auth_host" -out stranger.crt
  key service-accounts
  # EKS's webhook has a certificate of its own, which its configuration trusts and nothing else does.
  key webhook
  openssl req -x509 -new -key webhook.key -subj /CN=pod-identity-webhook -days 30 -addext subjectAltName=IP:127.0.0.1 -out webhook.crt
  cd "$OLDPWD"
}

key() {
  openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"
}

sign() { # sign NAME SUBJECT EXTENSION
  key "$1"
  openssl req -new -key "$1.key" -subj "$2" |
    openssl x509 -req -days 30 -CA ca.crt -CAkey ca.key -CAcreateserial -extfile <(echo "$3") -out "$1.crt" 2>"$state/log/openssl"
}

one_line() { # one_line FILE: in base64, as kubeconfig files and webhook configurations hold certificates
  base64 --wrap=0 "$1"
}
