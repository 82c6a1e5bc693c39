package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/parser"

	"github.com/outcry/outcry/pkg/catalog"
	"github.com/outcry/outcry/pkg/config"
)

// manifests are the objects of deploy/kubernetes.
type manifests struct {
	deployment  deployment
	settings    configMap
	catalog     configMap
	service     service
	autoscaler  autoscaler
	disruptions disruptionBudget
	network     networkPolicy
}

// readManifests reads every object of deploy/kubernetes, each once.
func readManifests(t *testing.T) (m manifests) {
	t.Helper()
	into := map[string]any{
		"apps/v1 Deployment outcry": &m.deployment, "v1 ConfigMap outcry": &m.settings, "v1 ConfigMap outcry-catalog": &m.catalog, "v1 Service outcry": &m.service,
		"autoscaling/v2 HorizontalPodAutoscaler outcry": &m.autoscaler, "policy/v1 PodDisruptionBudget outcry": &m.disruptions,
		"networking.k8s.io/v1 NetworkPolicy outcry": &m.network,
	}
	paths, err := filepath.Glob(filepath.Join("..", "..", "deploy", "kubernetes", "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := parser.ParseBytes(text, 0)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		for _, doc := range parsed.Docs {
			var head Head
			if err := yaml.NodeToValue(doc.Body, &head); err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			name := head.APIVersion + " " + head.Kind + " " + head.Metadata.Name
			to, ok := into[name]
			if !ok {
				t.Fatalf("%s holds %q, which is unknown or there twice", path, name)
			}
			delete(into, name)
			if err := yaml.NodeToValue(doc.Body, to, yaml.Strict()); err != nil {
				t.Fatalf("%s: %s: %v", path, name, err)
			}
		}
	}
	for name := range into {
		t.Errorf("there is no %s", name)
	}
	return m
}

func TestTheManifestsNameEachOther(t *testing.T) {
	m := readManifests(t)
	const label = "app.kubernetes.io/name"
	pod := m.deployment.Spec.Template
	for what, got := range map[string]string{
		"the label of a pod": pod.Metadata.Labels[label], "the Deployment": m.deployment.Spec.Selector.MatchLabels[label], "the Service": m.service.Spec.Selector[label],
		"the PodDisruptionBudget": m.disruptions.Spec.Selector.MatchLabels[label], "the NetworkPolicy": m.network.Spec.PodSelector.MatchLabels[label],
		"the Deployment of the HorizontalPodAutoscaler": m.autoscaler.Spec.ScaleTargetRef.Name,
	} {
		if got != "outcry" {
			t.Errorf("%s is %q, want outcry", what, got)
		}
	}
	ports := map[string]bool{}
	c := pod.Spec.Containers[0]
	for _, p := range c.Ports {
		ports[p.Name] = true
	}
	for _, p := range []string{m.service.Spec.Ports[0].TargetPort, c.StartupProbe.HTTPGet.Port, c.ReadinessProbe.HTTPGet.Port, c.LivenessProbe.HTTPGet.Port} {
		if !ports[p] {
			t.Errorf("the port %q is not one of the container", p)
		}
	}
	for _, rule := range m.network.Spec.Ingress {
		if name, ok := rule.Ports[0].Port.(string); !ok || !ports[name] {
			t.Errorf("the NetworkPolicy opens the port %v, which is not one of the container", rule.Ports[0].Port)
		}
	}
	volumes := map[string]bool{}
	for _, v := range pod.Spec.Volumes {
		volumes[v.Name] = true
	}
	for _, mount := range c.VolumeMounts {
		if !volumes[mount.Name] {
			t.Errorf("the volume %q is mounted and not there", mount.Name)
		}
	}
	if m.disruptions.Spec.MinAvailable >= m.autoscaler.Spec.MinReplicas {
		t.Error("with the fewest replicas no node could be emptied")
	}
}

func TestThePodHasNoPrivileges(t *testing.T) {
	spec := readManifests(t).deployment.Spec.Template.Spec
	c := spec.Containers[0]
	if !spec.SecurityContext.RunAsNonRoot || spec.SecurityContext.RunAsUser != 65532 || spec.SecurityContext.SeccompProfile.Type != "RuntimeDefault" {
		t.Errorf("the pod runs as %+v, want the user of the image", spec.SecurityContext)
	}
	if s := c.SecurityContext; s.AllowPrivilegeEscalation == nil || *s.AllowPrivilegeEscalation || !s.ReadOnlyRootFilesystem || len(s.Capabilities.Drop) != 1 || s.Capabilities.Drop[0] != "ALL" {
		t.Errorf("the container runs with %+v, want no privileges", s)
	}
	if spec.AutomountServiceAccountToken == nil || *spec.AutomountServiceAccountToken {
		t.Error("the pod has a token of the cluster, which it does not need")
	}
	if c.Resources.Limits["memory"] == "" || c.Resources.Requests["cpu"] == "" {
		t.Errorf("the resources are %+v, want a request of processors and a limit of memory", c.Resources)
	}
}

func TestThePodHasSettingsAndProbesOfOutcry(t *testing.T) {
	m := readManifests(t)
	c := m.deployment.Spec.Template.Spec.Containers[0]
	secretValue := map[string]string{
		"redis-url": "redis://:p@redis:6379", "database-url": "postgres://outcry:p@postgres:5432/outcry", "secret": strings.Repeat("a", 64),
	}
	var environ []string
	for name, value := range m.settings.Data {
		environ = append(environ, name+"="+value)
	}
	for _, e := range c.Env {
		environ = append(environ, e.Name+"="+secretValue[e.ValueFrom.SecretKeyRef.Key])
	}
	cfg, err := config.Load(environ)
	if err != nil {
		t.Fatalf("the settings: %v", err)
	}
	if !cfg.Distributed() || cfg.Secret == "" {
		t.Error("the settings are not those of the distributed mode")
	}
	for _, p := range c.Ports {
		address := map[string]string{"http": cfg.Listen, "metrics": cfg.MetricsListen}[p.Name]
		if !strings.HasSuffix(address, ":"+strconv.Itoa(p.ContainerPort)) {
			t.Errorf("the port %s is %d, and Outcry listens on %q", p.Name, p.ContainerPort, address)
		}
	}
	const drain, counting = 20, 10 // seconds for open requests, and for what was accepted
	if grace := m.deployment.Spec.Template.Spec.TerminationGracePeriodSeconds; grace < int(cfg.DrainWait.Seconds())+drain+counting {
		t.Errorf("the pod is killed after %d s, want at least %s and %d s for what is under way", grace, cfg.DrainWait, drain+counting)
	}
	if p := c.ReadinessProbe; float64(p.PeriodSeconds*p.FailureThreshold) >= cfg.DrainWait.Seconds() {
		t.Errorf("the probe notices after %d s that a pod stops, and the pod waits %s", p.PeriodSeconds*p.FailureThreshold, cfg.DrainWait)
	}
	folder := t.TempDir()
	for name, text := range m.catalog.Data {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := catalog.Load("", folder); err != nil {
		t.Errorf("the catalog of the ConfigMap: %v", err)
	}
	s := startServer(t, t.TempDir())
	for _, want := range []struct {
		path  string
		probe probe
	}{{"/healthz", c.StartupProbe}, {"/readyz", c.ReadinessProbe}, {"/healthz", c.LivenessProbe}} {
		p := want.probe
		if p.HTTPGet.Path != want.path {
			t.Errorf("a probe asks %s, want %s", p.HTTPGet.Path, want.path)
		}
		if code, _ := s.get(p.HTTPGet.Path); code != 200 {
			t.Errorf("a probe asks %s, which answers %d", p.HTTPGet.Path, code)
		}
	}
}
