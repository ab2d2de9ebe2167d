import { equal, match, ok } from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type Demo, startDemo } from '../../src/demo/demo.ts';

/** Every kubectl at hand: TRAFFIC_PATH_KUBECTL (several, as PATH is written), then those of PATH. */
function kubectls(): string[] {
  const dirs = (process.env['PATH'] ?? '').split(delimiter).map((dir) => join(dir, 'kubectl'));
  const all = [...(process.env['TRAFFIC_PATH_KUBECTL'] ?? '').split(delimiter), ...dirs].filter(Boolean);
  return [...new Set(all)].filter((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

const MANIFEST = `
apiVersion: v1
kind: Namespace
metadata: { name: lab }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: lab }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - name: web
          image: traffic-path/api:v0.1
          ports: [{ name: http, containerPort: 8080 }]
          readinessProbe: { httpGet: { path: /ready, port: http } }
---
apiVersion: v1
kind: Service
metadata: { name: web, namespace: lab }
spec: { type: NodePort, selector: { app: web }, ports: [{ port: 80, targetPort: http }] }
`;

const versionOf = (file: string): string =>
  JSON.parse(execFileSync(file, ['version', '--client', '-o', 'json'], { encoding: 'utf8' })).clientVersion.gitVersion;

// Each version once, by whatever name it is found.
const found = new Map(kubectls().map((file) => [versionOf(file), file]));
if (found.size === 0)
  describe('demo cluster with kubectl', () => {
    it('was not tested: no kubectl in TRAFFIC_PATH_KUBECTL or PATH', function () {
      this.skip();
    });
  });

for (const [version, file] of found) {
  describe(`demo cluster with kubectl ${version}`, function () {
    this.timeout(20_000);
    let demo: Demo;
    let dir: string;
    let manifest: string;
    before(async () => {
      demo = await startDemo();
      dir = mkdtempSync(join(tmpdir(), 'demo-kubectl-'));
      manifest = join(dir, 'web.yaml');
      writeFileSync(join(dir, 'config'), demo.kubeconfig);
      writeFileSync(manifest, MANIFEST);
    });
    after(async () => {
      await demo.stop();
      rmSync(dir, { recursive: true });
    });
    const run = (args: string, stdin = ''): Promise<{ out: string; err: string; code: number }> =>
      new Promise((done) => {
        const env = { ...process.env, KUBECONFIG: join(dir, 'config'), HOME: dir };
        const child = execFile(file, args.split(' '), { env, encoding: 'utf8' }, (error, out, err) =>
          done({ out, err, code: error ? Number(error.code) : 0 }),
        );
        child.stdin?.end(stdin);
      });
    /** Runs it, and it must work without a word of complaint. */
    const works = async (args: string, stdin?: string) => {
      const { out, err, code } = await run(args, stdin);
      equal(err, '', `kubectl ${args}`);
      equal(code, 0);
      return out;
    };

    it('get', async () => {
      match(
        await works('get svc api-service'),
        /api-service +NodePort +10\.96\.123\.45 +<none> +8080:30080\/TCP +5m\d+s/,
      );
      match(await works('get all,nodes,endpointslices,events -A -o wide'), /pod\/cart-0 +1\/1 +Running/);
      match(await works('get pods -o yaml -l app=api'), /podIP: 10\.244\.0\.5/);
      match((await run('get nothings')).err, /the server doesn't have a resource type "nothings"/);
    });

    it('describe', async () => {
      match(await works('describe svc api-service'), /Endpoints: +10\.244\.0\.5:8080,10\.244\.0\.6:8080/);
      const pod = await works('get pod -o name --field-selector status.podIP=10.244.0.5');
      match(await works(`describe ${pod.trim()}`), /Ready +True[\s\S]*Started container api/);
      match(await works('describe node minikube'), /api-server-/);
      match(await works('describe deploy api-server'), /2 desired \| 2 updated \| 2 total \| 2 available/);
    });

    it('apply, twice, and with a mistake', async () => {
      match(
        await works(`apply -f ${manifest}`),
        /namespace\/lab created\ndeployment.apps\/web created\nservice\/web created/,
      );
      match(await works('rollout status deploy/web -n lab --timeout=10s'), /successfully rolled out/);
      match(await works(`apply -f ${manifest}`), /deployment.apps\/web unchanged\nservice\/web unchanged/);
      writeFileSync(manifest, MANIFEST.replace('targetPort: http', 'targetPort: "80"'));
      match(
        (await run(`apply -f ${manifest}`)).err,
        /spec\.ports\[0\]\.targetPort: Invalid value: "80": must contain at least one letter/,
      );
      match((await run(`apply --server-side -f ${manifest}`)).err, /apply without --server-side/);
    });

    it('scale, label, set image, patch, rollout', async () => {
      match(await works('scale deploy web -n lab --replicas=3'), /deployment.apps\/web scaled/);
      match(await works('label svc web -n lab tier=front'), /service\/web labeled/);
      match(await works('annotate svc web -n lab a=b'), /service\/web annotated/);
      match(await works('set image deploy/web -n lab web=traffic-path/api:v0.2'), /deployment.apps\/web image updated/);
      match(await works('rollout status deploy/web -n lab --timeout=15s'), /successfully rolled out/);
      equal(
        await works(
          'get deploy web -n lab -o jsonpath={.status.readyReplicas},{.spec.template.spec.containers[0].image}',
        ),
        '3,traffic-path/api:v0.2',
      );
      await works('patch svc web -n lab --type=json -p [{"op":"replace","path":"/spec/ports/0/port","value":81}]');
      equal(await works('get svc web -n lab -o jsonpath={.spec.ports[0].port}/{.metadata.labels.tier}'), '81/front');
    });

    it('watch', async () => {
      const seen = run('get pods -n lab -w --request-timeout=3s --no-headers');
      await new Promise((wake) => setTimeout(wake, 700));
      await works('scale deploy web -n lab --replicas=4');
      const { out } = await seen;
      match(out, /ContainerCreating[\s\S]*1\/1 +Running/);
      match(await works('wait pod -n lab -l app=web --for=condition=Ready --timeout=5s'), /condition met/);
    });

    it('logs and exec', async () => {
      const pod = (await works('get pod -o name --field-selector status.podIP=10.244.0.5')).trim();
      match(await works(`logs ${pod}`), /listening on/);
      equal(await works(`exec ${pod} -- wget -qO- http://api-service:8080/ready`), '{"status":"ready"}\n');
      equal(await works(`exec -i ${pod} -- cat`, 'hello'), 'hello');
      const { code, err } = await run(`exec ${pod} -- false`);
      equal(code, 1);
      match(err, /command terminated with exit code 1/);
    });

    it('create, auth can-i and create token, which speak protobuf', async () => {
      await works('create ns made');
      await works('create deployment web -n made --image=traffic-path/api:v0.1 --replicas=2 --port=8080');
      await works('create service nodeport web -n made --tcp=80:8080 --node-port=30123');
      equal(
        await works('get svc web -n made -o jsonpath={.spec.selector},{.spec.ports}'),
        '{"app":"web"},[{"name":"80-8080","nodePort":30123,"port":80,"protocol":"TCP","targetPort":8080}]',
      );
      match(await works('rollout status deploy/web -n made --timeout=10s'), /successfully rolled out/);
      await works('create sa reader -n made');
      await works('create role reader -n made --verb=get,list --resource=services,deployments.apps');
      await works('create rolebinding reader -n made --role=reader --serviceaccount=made:reader');
      const as = '-n made --as=system:serviceaccount:made:reader';
      equal(await works(`auth can-i list services ${as}`), 'yes\n');
      equal((await run(`auth can-i list pods ${as}`)).out, 'no\n');
      const token = (await works('create token reader -n made')).trim();
      match((await run(`get pods -n made --token=${token}`)).err, /Forbidden/);
    });

    it('port-forward is refused with a sentence', async () => {
      const { err, code } = await run('port-forward svc/api-service :8080');
      match(err, /streams over WebSocket only/);
      ok(code !== 0);
    });

    it('delete', async () => {
      match(await works('delete pod -n lab -l app=web --wait=true'), /pod "web-.*" deleted/);
      match(await works('delete deploy,svc web -n lab'), /deployment.apps "web" deleted/);
      match(await works('delete ns lab'), /namespace "lab" deleted/);
      match((await run('get ns lab')).err, /namespaces "lab" not found/);
    });
  });
}
