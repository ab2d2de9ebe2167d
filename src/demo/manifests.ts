/** What the demo cluster is made of, as manifests; the API server's defaults are added when they are created. */

/** The version that the demo says it is. */
export const KUBERNETES_VERSION = 'v1.37.2';

/** The tutorial's application: 10.96.123.45:8080, nodePort 30080, two pods. */
export const TUTORIAL = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: api-server, namespace: default, labels: { app: api } }
spec:
  replicas: 2
  selector: { matchLabels: { app: api } }
  template:
    metadata: { labels: { app: api, version: v0.1 } }
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - name: api
          image: traffic-path/api:v0.1
          imagePullPolicy: IfNotPresent
          ports: [{ name: http, containerPort: 8080 }]
          readinessProbe: { httpGet: { path: /ready, port: 8080 }, periodSeconds: 1, failureThreshold: 2 }
---
apiVersion: v1
kind: Service
metadata: { name: api-service, namespace: default, labels: { app: api } }
spec:
  type: NodePort
  clusterIP: 10.96.123.45
  selector: { app: api }
  ports: [{ name: http, protocol: TCP, port: 8080, targetPort: 8080, nodePort: 30080 }]
`;

/** A second application, so that the tree shows more than one kind of Service. */
export const SHOP = `
apiVersion: v1
kind: Namespace
metadata: { name: shop }
---
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: cart, namespace: shop, labels: { app.kubernetes.io/name: cart } }
spec:
  replicas: 2
  serviceName: cart
  selector: { matchLabels: { app.kubernetes.io/name: cart } }
  template:
    metadata: { labels: { app.kubernetes.io/name: cart } }
    spec:
      containers: [{ name: cart, image: traffic-path/api:v0.1, ports: [{ name: http, containerPort: 8080 }] }]
---
apiVersion: v1
kind: Service
metadata: { name: cart, namespace: shop, labels: { app.kubernetes.io/name: cart } }
spec:
  clusterIP: None
  selector: { app.kubernetes.io/name: cart }
  ports: [{ name: http, port: 8080, targetPort: http }]
---
apiVersion: v1
kind: Service
metadata: { name: payments, namespace: shop }
spec: { type: ExternalName, externalName: payments.example.com }
`;

const staticPod = (component: string, image: string, flags: readonly string[] = []) => `
apiVersion: v1
kind: Pod
metadata: { name: ${component}-minikube, namespace: kube-system, labels: { component: ${component}, tier: control-plane } }
spec:
  hostNetwork: true
  nodeName: minikube
  containers: [{ name: ${component}, image: 'registry.k8s.io/${image}', command: [${[component, ...flags].join(', ')}] }]
---`;

/** What kubeadm and minikube leave in a new cluster. */
export const SYSTEM = `
apiVersion: v1
kind: Namespace
metadata: { name: default }
---
apiVersion: v1
kind: Namespace
metadata: { name: kube-node-lease }
---
apiVersion: v1
kind: Namespace
metadata: { name: kube-public }
---
apiVersion: v1
kind: Namespace
metadata: { name: kube-system }
---
apiVersion: v1
kind: Node
metadata:
  name: minikube
  labels:
    beta.kubernetes.io/arch: amd64
    beta.kubernetes.io/os: linux
    kubernetes.io/arch: amd64
    kubernetes.io/hostname: minikube
    kubernetes.io/os: linux
    minikube.k8s.io/commit: "0000000000000000000000000000000000000000"
    minikube.k8s.io/name: minikube
    minikube.k8s.io/primary: "true"
    minikube.k8s.io/version: v1.37.0
    node-role.kubernetes.io/control-plane: ""
    node.kubernetes.io/exclude-from-external-load-balancers: ""
spec: { podCIDR: 10.244.0.0/24, podCIDRs: [10.244.0.0/24] }
status:
  addresses: [{ type: InternalIP, address: 192.168.49.2 }, { type: Hostname, address: minikube }]
  allocatable: &resources { cpu: "2", memory: 4015880Ki, pods: "110", ephemeral-storage: 61202244Ki }
  capacity: *resources
  conditions:
    - { type: MemoryPressure, status: "False", reason: KubeletHasSufficientMemory, message: kubelet has sufficient memory available }
    - { type: DiskPressure, status: "False", reason: KubeletHasNoDiskPressure, message: kubelet has no disk pressure }
    - { type: PIDPressure, status: "False", reason: KubeletHasSufficientPID, message: kubelet has sufficient PID available }
    - { type: Ready, status: "True", reason: KubeletReady, message: kubelet is posting ready status }
  daemonEndpoints: { kubeletEndpoint: { Port: 10250 } }
  nodeInfo:
    architecture: amd64
    bootID: 00000000-0000-0000-0000-000000000000
    containerRuntimeVersion: containerd://2.1.4
    kernelVersion: 6.8.0-45-generic
    kubeProxyVersion: ""
    kubeletVersion: ${KUBERNETES_VERSION}
    machineID: "00000000000000000000000000000000"
    operatingSystem: linux
    osImage: Debian GNU/Linux 12 (bookworm)
    systemUUID: 00000000-0000-0000-0000-000000000000
---
apiVersion: v1
kind: ConfigMap
metadata: { name: coredns, namespace: kube-system }
data:
  Corefile: |
    .:53 {
        log
        errors
        health {
           lameduck 5s
        }
        ready
        kubernetes cluster.local in-addr.arpa ip6.arpa {
           pods insecure
           fallthrough in-addr.arpa ip6.arpa
           ttl 30
        }
        prometheus :9153
        hosts {
           192.168.49.1 host.minikube.internal
           fallthrough
        }
        forward . /etc/resolv.conf {
           max_concurrent 1000
        }
        cache 30
        loop
        reload
        loadbalance
    }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: kube-proxy, namespace: kube-system, labels: { app: kube-proxy } }
data:
  config.conf: |-
    apiVersion: kubeproxy.config.k8s.io/v1alpha1
    bindAddress: 0.0.0.0
    clusterCIDR: 10.244.0.0/16
    kind: KubeProxyConfiguration
    metricsBindAddress: 0.0.0.0:10249
    mode: iptables
    nodePortAddresses: null
    portRange: ""
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: cluster-admin }
rules: [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: cluster-admin }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin }
subjects: [{ apiGroup: rbac.authorization.k8s.io, kind: Group, name: 'system:masters' }]
---${staticPod('etcd', 'etcd:3.6.4-0')}
${staticPod('kube-apiserver', `kube-apiserver:${KUBERNETES_VERSION}`, [
  '--advertise-address=192.168.49.2',
  '--etcd-servers=https://127.0.0.1:2379',
  '--service-cluster-ip-range=10.96.0.0/12',
])}
${staticPod('kube-controller-manager', `kube-controller-manager:${KUBERNETES_VERSION}`)}
${staticPod('kube-scheduler', `kube-scheduler:${KUBERNETES_VERSION}`)}
apiVersion: v1
kind: Pod
metadata:
  name: storage-provisioner
  namespace: kube-system
  labels: { addonmanager.kubernetes.io/mode: Reconcile, integration-test: storage-provisioner }
spec:
  hostNetwork: true
  nodeName: minikube
  containers: [{ name: storage-provisioner, image: 'gcr.io/k8s-minikube/storage-provisioner:v5' }]
---
apiVersion: apps/v1
kind: DaemonSet
metadata: { name: kube-proxy, namespace: kube-system, labels: { k8s-app: kube-proxy } }
spec:
  selector: { matchLabels: { k8s-app: kube-proxy } }
  template:
    metadata: { labels: { k8s-app: kube-proxy } }
    spec:
      hostNetwork: true
      nodeSelector: { kubernetes.io/os: linux }
      containers: [{ name: kube-proxy, image: 'registry.k8s.io/kube-proxy:${KUBERNETES_VERSION}' }]
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: coredns, namespace: kube-system, labels: { k8s-app: kube-dns } }
spec:
  replicas: 1
  selector: { matchLabels: { k8s-app: kube-dns } }
  template:
    metadata: { labels: { k8s-app: kube-dns } }
    spec:
      containers:
        - name: coredns
          image: registry.k8s.io/coredns/coredns:v1.15.0
          ports:
            - { name: dns, containerPort: 53, protocol: UDP }
            - { name: dns-tcp, containerPort: 53, protocol: TCP }
            - { name: metrics, containerPort: 9153, protocol: TCP }
            - { name: liveness-probe, containerPort: 8080, protocol: TCP }
            - { name: readiness-probe, containerPort: 8181, protocol: TCP }
---
apiVersion: v1
kind: Service
metadata:
  name: kube-dns
  namespace: kube-system
  labels: { k8s-app: kube-dns, kubernetes.io/cluster-service: "true", kubernetes.io/name: CoreDNS }
spec:
  clusterIP: 10.96.0.10
  selector: { k8s-app: kube-dns }
  ports:
    - { name: dns, port: 53, protocol: UDP, targetPort: 53 }
    - { name: dns-tcp, port: 53, protocol: TCP, targetPort: 53 }
    - { name: metrics, port: 9153, protocol: TCP, targetPort: 9153 }
---
apiVersion: v1
kind: Service
metadata: { name: kubernetes, namespace: default, labels: { component: apiserver, provider: kubernetes } }
spec: { clusterIP: 10.96.0.1, ports: [{ name: https, port: 443, targetPort: 8443 }] }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: kubernetes, namespace: default, labels: { kubernetes.io/service-name: kubernetes } }
addressType: IPv4
endpoints: [{ addresses: [192.168.49.2], conditions: { ready: true } }]
ports: [{ name: https, port: 8443, protocol: TCP }]
`;
