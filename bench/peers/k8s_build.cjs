// cdk8s app: one chart that holds every service. NODE_PATH must name the folder with cdk8s and constructs.
const fs = require('fs');
const { App, Chart, ApiObject } = require('cdk8s');
const spec = JSON.parse(fs.readFileSync('spec.json', 'utf8'));
const app = new App({ outdir: 'dist' });
const chart = new Chart(app, 'all', { disableResourceNameHashes: true });
for (const name of spec.order) {
  const s = spec.services[name];
  const sel = { 'app.kubernetes.io/name': name };
  const lab = { ...sel, 'app.kubernetes.io/component': s.kind, 'app.kubernetes.io/part-of': 'bench' };
  const probe = { tcpSocket: { port: s.port }, periodSeconds: 30, timeoutSeconds: 10, failureThreshold: 3 };
  const secrets = new Set(s.secrets);
  new ApiObject(chart, `${name}-cm`, { apiVersion: 'v1', kind: 'ConfigMap',
    metadata: { name: `${name}-config`, labels: lab }, data: { ...s.env, ...s.files } });
  new ApiObject(chart, `${name}-pvc`, { apiVersion: 'v1', kind: 'PersistentVolumeClaim',
    metadata: { name: `${name}-data`, labels: lab },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '10Gi' } } } });
  new ApiObject(chart, `${name}-dep`, { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, labels: lab },
    spec: { replicas: s.replicas, selector: { matchLabels: sel }, template: { metadata: { labels: lab }, spec: {
      containers: [{ name, image: s.image, ports: [{ name: 'main', containerPort: s.port }],
        env: s.env_order.map((v) => ({ name: v, valueFrom: secrets.has(v)
          ? { secretKeyRef: { name: `${name}-secrets`, key: v } }
          : { configMapKeyRef: { name: `${name}-config`, key: v } } })),
        readinessProbe: probe, livenessProbe: { ...probe, initialDelaySeconds: 40 },
        resources: { limits: { cpu: s.cpu, memory: `${s.memory_mb}Mi` },
          requests: { cpu: '100m', memory: `${Math.max(64, Math.floor(s.memory_mb / 4))}Mi` } },
        volumeMounts: [{ name: 'data', mountPath: s.mount }, { name: 'config', mountPath: `/etc/${name}`, readOnly: true }] }],
      volumes: [{ name: 'data', persistentVolumeClaim: { claimName: `${name}-data` } },
        { name: 'config', configMap: { name: `${name}-config` } }] } } } });
  new ApiObject(chart, `${name}-svc`, { apiVersion: 'v1', kind: 'Service', metadata: { name, labels: lab },
    spec: { selector: sel, ports: [{ name: 'main', port: s.port, targetPort: 'main' }] } });
}
app.synth();
