#!/usr/bin/env bash
# A real one-node Kubernetes (1.20.2), built from Debian's own source package: etcd, kube-apiserver,
# controller manager, scheduler, kubelet on the Docker engine, kube-proxy. No image is pulled; pods
# use the local stand-in images. No newer server can be had from a package; kube_1_20.py says what that takes.
#
#   k8s.sh build    once per machine: about 4 minutes of 2 cores, kept in $REALTOOLS/k8s
#   k8s.sh up       start it (about 15 s); then `export KUBECONFIG=$REALTOOLS/k8s/kubeconfig`
#   k8s.sh down     stop it and remove its pods and state
#
# It has the APIs of 1.20: no autoscaling/v2, policy/v1 or batch/v1 CronJob; check those with
# kubernetes-validate. Three oom_score_adj constants of the kubelet are set to 0, because root has
# no CAP_SYS_RESOURCE on this kind of machine.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
RT=${REALTOOLS:-$root/target/realtools}
K=$RT/k8s
run=$K/run
die() { echo "k8s.sh: $*" >&2; exit 1; }
quiet() { "$@" >"$K/build.log" 2>&1 || { tail -n 20 "$K/build.log" >&2; die "failed: $*"; }; }

build() {
  if [ "$(cat "$K/.built" 2>/dev/null)" = 1.20.2 ]; then echo "already built: $K/bin"; return; fi
  mkdir -p "$K/bin" "$K/src" "$K/apt/lists/partial" "$K/apt/parts"
  # Whoever needs the server waits while this process is there.
  echo $$ >"$K/.building"
  quiet apt-get -q -o DPkg::Lock::Timeout=300 install -y --no-install-recommends etcd-server golang-1.19-go
  # Source packages through a private apt configuration: the machine's own is left alone.
  sed 's/^Types:.*/Types: deb-src/' /etc/apt/sources.list.d/debian.sources >"$K/apt/parts/src.sources"
  local apt=(apt-get -q -o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=$K/apt/parts"
             -o "Dir::State::lists=$K/apt/lists" -o APT::Sandbox::User=root)
  quiet "${apt[@]}" update
  cd "$K/src"
  quiet "${apt[@]}" source --download-only kubernetes golang-github-modern-go-reflect2
  export GOPATH=$K/src/go GOCACHE=$K/src/cache GO111MODULE=off CGO_ENABLED=0 PATH=/usr/lib/go-1.19/bin:$PATH
  local src=$GOPATH/src/k8s.io/kubernetes
  mkdir -p "$src" && tar -xzf kubernetes_*.orig.tar.gz -C "$src" --strip-components=1
  # The vendored reflect2 is too old for Go 1.18 and later: take Debian's 1.0.2.
  rm "$src"/vendor/github.com/modern-go/reflect2/*.go
  tar -xf golang-github-modern-go-reflect2_*.orig.tar.* -C "$src/vendor/github.com/modern-go/reflect2" --strip-components=1
  rm -f "$src"/vendor/github.com/modern-go/reflect2/*_test.go && rm -rf "$src"/vendor/github.com/modern-go/reflect2-tests
  cd "$src"
  sed -i -E 's/(OOMScoreAdj +int|OOMScoreAdj int) = -[0-9]+/\1 = 0/' pkg/kubelet/qos/policy.go
  sed -i 's/defaultSandboxOOMAdj int = -998/defaultSandboxOOMAdj int = 0/' pkg/kubelet/dockershim/docker_sandbox.go
  # The one generated file that the source package does not carry.
  quiet go build -o "$K/src/openapi-gen" ./vendor/k8s.io/kube-openapi/cmd/openapi-gen
  local m dirs staged=()
  for m in api apimachinery apiserver apiextensions-apiserver kube-aggregator client-go component-base metrics \
           kubelet kube-proxy kube-scheduler kube-controller-manager cloud-provider controller-manager; do
    staged+=("staging/src/k8s.io/$m")
  done
  dirs=$(grep -rl --include='*.go' '+k8s:openapi-gen=' "${staged[@]}" | xargs -n1 dirname | sort -u |
         sed 's#^staging/src/#k8s.io/kubernetes/vendor/#' | paste -sd,)
  quiet "$K/src/openapi-gen" --logtostderr -i "$dirs" -p k8s.io/kubernetes/pkg/generated/openapi \
    -O zz_generated.openapi -h vendor/k8s.io/code-generator/hack/boilerplate.go.txt -r /dev/null
  local v=k8s.io/kubernetes/vendor/k8s.io/component-base/version
  quiet go build -o "$K/bin/" -ldflags "-s -w -X $v.gitVersion=v1.20.2 -X $v.gitMajor=1 -X $v.gitMinor=20" \
    ./cmd/kube-apiserver ./cmd/kube-controller-manager ./cmd/kube-scheduler ./cmd/kubelet ./cmd/kube-proxy
  cd "$K" && chmod -R u+w src && rm -rf src apt
  echo 1.20.2 >"$K/.built"; rm -f "$K/.building"; echo "built in $K/bin"
}

start() { # start NAME CMD..: in the background, its pid and log in $run
  local name=$1; shift
  setsid "$@" >"$run/$name.log" 2>&1 </dev/null & echo $! >"$run/$name.pid"
}
wait_for() { # wait_for SECONDS WHAT CMD..
  local end=$((SECONDS + $1)) what=$2; shift 2
  until "$@" >/dev/null 2>&1; do [ $SECONDS -lt $end ] || die "$what did not come up (logs: $run)"; sleep 0.3; done
}

up() {
  [ -f "$K/.built" ] || die "run '$0 build' first"
  [ ! -d "$run" ] || die "already up: run '$0 down' first"
  # shellcheck disable=SC1091
  . "$RT/env.sh"
  mkdir -p "$run/pv"
  # The node, its DNS and its API server are reached at the docker bridge's own address.
  local ip; ip=$(docker network inspect bridge -f '{{(index .IPAM.Config 0).Gateway}}'); ip=${ip:-172.17.0.1}
  local subnet; subnet=$(docker network inspect bridge -f '{{(index .IPAM.Config 0).Subnet}}')
  # A label of its own: images.sh takes two images with one label for the same.
  bash "$here/images.sh" app:latest >/dev/null
  docker image inspect standin/pause:1 >/dev/null 2>&1 ||
    printf 'FROM app:latest\nLABEL specc.standin=pause\nENTRYPOINT ["sleep", "infinity"]\n' | DOCKER_BUILDKIT=0 docker build -q -t standin/pause:1 - >/dev/null 2>&1
  openssl genrsa -out "$run/sa.key" 2048 2>/dev/null
  local token; token=$(openssl rand -hex 16)
  echo "$token,admin,admin,system:masters" >"$run/tokens.csv"
  cat >"$K/kubeconfig" <<YAML
apiVersion: v1
kind: Config
clusters: [{name: try, cluster: {server: "https://127.0.0.1:16443", insecure-skip-tls-verify: true}}]
users: [{name: admin, user: {token: "$token"}}]
contexts: [{name: try, context: {cluster: try, user: admin}}]
current-context: try
YAML
  export KUBECONFIG=$K/kubeconfig
  local e=http://127.0.0.1:12379
  start etcd etcd --data-dir "$run/etcd" --listen-client-urls $e --advertise-client-urls $e \
    --listen-peer-urls http://127.0.0.1:12380 --unsafe-no-fsync
  start apiserver "$K/bin/kube-apiserver" --etcd-servers=$e --service-cluster-ip-range=10.96.0.0/24 \
    --bind-address=0.0.0.0 --secure-port=16443 --advertise-address="$ip" --cert-dir="$run/certs" \
    --token-auth-file="$run/tokens.csv" --authorization-mode=RBAC --allow-privileged=true \
    --service-account-issuer=https://kubernetes.default.svc --service-account-signing-key-file="$run/sa.key" \
    --service-account-key-file="$run/sa.key" --kubelet-preferred-address-types=InternalIP
  wait_for 30 kube-apiserver kubectl get --raw /readyz
  local flags=(--kubeconfig="$KUBECONFIG" --leader-elect=false --port=0 --secure-port=0)
  start controllers "$K/bin/kube-controller-manager" "${flags[@]}" --service-account-private-key-file="$run/sa.key"
  start scheduler "$K/bin/kube-scheduler" "${flags[@]}"
  start dns python3 "$here/k8s_dns.py" "$ip" "$KUBECONFIG"
  cat >"$run/kubelet.yaml" <<YAML
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication: {anonymous: {enabled: true}, webhook: {enabled: false}}
authorization: {mode: AlwaysAllow}
address: $ip
clusterDNS: ["$ip"]
clusterDomain: cluster.local
cgroupDriver: cgroupfs
cgroupsPerQOS: false
enforceNodeAllocatable: []
failSwapOn: false
evictionHard: {memory.available: 10Mi}
YAML
  start kubelet "$K/bin/kubelet" --config="$run/kubelet.yaml" --kubeconfig="$KUBECONFIG" --root-dir="$run/kubelet" \
    --cert-dir="$run/kcerts" --container-runtime=docker --pod-infra-container-image=standin/pause:1 \
    --hostname-override=node --node-ip="$ip"
  start proxy "$K/bin/kube-proxy" --kubeconfig="$KUBECONFIG" --hostname-override=node --proxy-mode=iptables \
    --cluster-cidr="$subnet" --conntrack-max-per-core=0 --conntrack-tcp-timeout-established=0 --conntrack-tcp-timeout-close-wait=0
  local n
  for n in $(seq 30); do
    # A directory of the node takes no fsGroup, so whoever runs may write.
    mkdir -p "$run/pv/$n" && chmod 777 "$run/pv/$n"
    cat <<YAML
---
apiVersion: v1
kind: PersistentVolume
metadata: {name: pv$n}
spec: {capacity: {storage: 1Ti}, accessModes: [ReadWriteOnce, ReadWriteMany], persistentVolumeReclaimPolicy: Delete, hostPath: {path: "$run/pv/$n", type: DirectoryOrCreate}}
YAML
  done | kubectl apply -f - >/dev/null
  wait_for 40 "the node" bash -c "kubectl get node node --no-headers | grep -qw Ready"
  wait_for 20 "the service account" kubectl get serviceaccount default
  echo "up: KUBECONFIG=$K/kubeconfig"
}

down() {
  local name
  for name in kubelet proxy scheduler controllers dns apiserver etcd; do
    if [ -f "$run/$name.pid" ]; then kill "$(cat "$run/$name.pid")" 2>/dev/null || true; fi
  done
  sleep 1
  docker ps -aq --filter label=io.kubernetes.pod.uid | xargs -r docker rm -f >/dev/null
  [ ! -x "$K/bin/kube-proxy" ] || "$K/bin/kube-proxy" --cleanup >/dev/null 2>&1 || true
  local chain
  for chain in INPUT OUTPUT; do iptables -D $chain -j KUBE-FIREWALL 2>/dev/null || true; done
  awk -v d="$run/kubelet" 'index($2, d) == 1 {print $2}' /proc/mounts | sort -r | xargs -r -n1 umount
  rm -rf "$run"
}

case ${1:-} in build | up | down) "$1" ;; *) die "usage: k8s.sh build|up|down" ;; esac
