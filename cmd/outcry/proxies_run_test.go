package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// reverseProxy is a running nginx or Caddy before a running Outcry.
type reverseProxy struct {
	t      *testing.T
	outcry *server
	public string // where visitors reach Outcry, without a slash at the end
	port   string // of TLS
	roots  *x509.CertPool

	clients map[string]*http.Client // by the address that they send from
}

// settingLine matches a setting of Outcry in the comment of an example.
var settingLine = regexp.MustCompile(`(?m)^#\s+(OUTCRY_\w+=\S+)$`)

// settingsOf returns the settings that an example names, except the address to
// listen on.
func settingsOf(t *testing.T, example string) []string {
	t.Helper()
	var all []string
	for _, match := range settingLine.FindAllStringSubmatch(example, -1) {
		if !strings.HasPrefix(match[1], "OUTCRY_LISTEN=") {
			all = append(all, match[1])
		}
	}
	if len(all) < 2 {
		t.Fatalf("the example names the settings %q, want OUTCRY_PUBLIC_URL and OUTCRY_TRUSTED_PROXIES", all)
	}
	return all
}

// readExample returns a file of the folder deploy.
func readExample(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "deploy", path))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// replaced returns text with each pair of strings replaced. All of them must occur.
func replaced(t *testing.T, text string, pairs ...string) string {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(text, pairs[i]) {
			t.Fatalf("the example has no %q", pairs[i])
		}
		text = strings.ReplaceAll(text, pairs[i], pairs[i+1])
	}
	return text
}

// packageOf names the packages of programs that are called otherwise.
var packageOf = map[string]string{"promtool": "prometheus", "systemd-analyze": "systemd"}

// tool returns the path of a program that the test needs.
func tool(t *testing.T, name string) string {
	t.Helper()
	for _, path := range []string{name, "/usr/sbin/" + name} {
		if found, err := exec.LookPath(path); err == nil {
			return found
		}
	}
	in := cmp.Or(packageOf[name], name)
	t.Fatalf("this test needs %s. Debian: apt-get install --no-install-recommends %s. macOS: brew install %s", name, in, in)
	return ""
}

// makeCertificate writes a certificate for the hosts of the examples into a folder,
// signed by itself.
func makeCertificate(t *testing.T, dir string) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		DNSNames: []string{"outcry.example", "example.org"}, BasicConstraintsValid: true, IsCA: true}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{"cert.pem": {Type: "CERTIFICATE", Bytes: der}, "key.pem": {Type: "PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(certificate)
	return roots
}

// runTool runs a program to its end.
func runTool(t *testing.T, env []string, name string, args ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), env...)
	log := filepath.Join(t.TempDir(), "log") // not a pipe, which a daemon would keep open
	out, err := os.Create(log)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Run(); err != nil {
		text, _ := os.ReadFile(log)
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, text)
	}
}

// startNginx starts nginx with servers on a port in a text, in which PORT, CERT, KEY
// and FOLDER stand for what the test has chosen.
func startNginx(t *testing.T, servers string) (port string, roots *x509.CertPool) {
	t.Helper()
	nginx, dir := tool(t, "nginx"), t.TempDir()
	roots, port = makeCertificate(t, dir), strconv.Itoa(freePort(t))
	servers = strings.NewReplacer("PORT", port, "CERT", dir+"/cert.pem", "KEY", dir+"/key.pem", "FOLDER", dir).Replace(servers)
	var b bytes.Buffer
	b.WriteString("worker_processes 1;\npid nginx.pid;\nerror_log error.log;\nevents {}\nhttp {\naccess_log off;\n")
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		b.WriteString(kind + "_temp_path " + kind + ";\n")
	}
	b.WriteString(servers + "\n}\n")
	conf := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(conf, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	runTool(t, nil, nginx, "-t", "-q", "-p", dir, "-e", "error.log", "-c", conf)
	runTool(t, nil, nginx, "-p", dir, "-e", "error.log", "-c", conf) // returns when it listens
	t.Cleanup(func() { runTool(t, nil, nginx, "-p", dir, "-e", "error.log", "-c", conf, "-s", "stop") })
	return port, roots
}

// startCaddy starts Caddy with a Caddyfile.
func startCaddy(t *testing.T, file string) (port string, roots *x509.CertPool) {
	t.Helper()
	caddy, dir := tool(t, "caddy"), t.TempDir()
	roots, port = makeCertificate(t, dir), strconv.Itoa(freePort(t))
	file = strings.NewReplacer("CERT", dir+"/cert.pem", "KEY", dir+"/key.pem").Replace(file)
	file = "{\nadmin unix//" + dir + "/admin\nauto_https disable_redirects\nhttps_port " + port + "\ndefault_bind 127.0.0.1\n}\n" + file
	conf := filepath.Join(dir, "Caddyfile")
	if err := os.WriteFile(conf, []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	env := []string{"HOME=" + dir, "XDG_DATA_HOME=" + dir, "XDG_CONFIG_HOME=" + dir}
	runTool(t, env, caddy, "start", "--config", conf, "--adapter", "caddyfile") // returns when it listens
	t.Cleanup(func() { runTool(t, env, caddy, "stop", "--config", conf, "--adapter", "caddyfile") })
	return port, roots
}

// from returns a client that reaches the proxy under every name, from an address of
// this machine. It follows no redirect.
func (p *reverseProxy) from(address string) *http.Client {
	if client, ok := p.clients[address]; ok {
		return client
	}
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}
	transport := &http.Transport{
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return dialer.DialContext(ctx, network, net.JoinHostPort("127.0.0.1", p.port))
		},
		TLSClientConfig: &tls.Config{RootCAs: p.roots}, ForceAttemptHTTP2: true,
	}
	p.t.Cleanup(transport.CloseIdleConnections)
	client := &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	if p.clients == nil {
		p.clients = map[string]*http.Client{}
	}
	p.clients[address] = client
	return client
}
