package doctor

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/archive"
	"github.com/outcry/outcry/pkg/redisconn"
)

var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

// stores are the settings of the distributed mode.
var stores = []string{"OUTCRY_REDIS_URL=redis://redis.example", "OUTCRY_DATABASE_URL=postgres://postgres.example/outcry", "OUTCRY_SECRET=0123456789012345678901234567890123"}

// good is a world in which everything is in order.
func good() (World, *redisconn.Facts, *archive.PostgresFacts, *archive.FileFacts, *Folder) {
	r := &redisconn.Facts{Version: "7.2.4", MaxMemoryPolicy: "noeviction", HasAppendOnly: true, AppendFsync: "everysec", CanConfig: true, Clock: noon, Asked: noon}
	p := &archive.PostgresFacts{Version: 150003, Fsync: "on", SynchronousCommit: "on", FullPageWrites: "on", Encoding: "UTF8", Schema: "public", CanCreate: true, MaxConnections: 100, Clock: noon, Asked: noon}
	f := &archive.FileFacts{Version: "3.50.0", Newest: noon.Add(-time.Minute)}
	d := &Folder{Exists: true, HasDatabase: true, Mode: fs.ModeDir | 0o700, SecretMode: 0o600, Free: 50 << 30, Total: 100 << 30}
	w := World{
		Now:       func() time.Time { return noon },
		Redis:     func(context.Context, string, bool) ([]redisconn.Facts, error) { return []redisconn.Facts{*r}, nil },
		Postgres:  func(context.Context, string) (archive.PostgresFacts, error) { return *p, nil },
		File:      func(context.Context, string) (archive.FileFacts, error) { return *f, nil },
		Folder:    func(string) (Folder, error) { return *d, nil },
		Listen:    func(string) error { return nil },
		Answers:   func(context.Context, string) bool { return false },
		Dial:      func(context.Context, string) error { return nil },
		FileLimit: func() (uint64, error) { return 65_536, nil },
	}
	return w, r, p, f, d
}

func TestAnInstallationInOrderHasOnlyGoodFindings(t *testing.T) {
	for name, environ := range map[string][]string{
		"embedded": nil, "distributed": stores,
		"behind a proxy": {"OUTCRY_LISTEN=127.0.0.1:8080", "OUTCRY_PUBLIC_URL=https://outcry.example", "OUTCRY_TRUSTED_PROXIES=127.0.0.1,10.0.0.0/8,fd00::/8"},
	} {
		w, _, _, _, _ := good()
		w.Environ = environ
		findings := Examine(t.Context(), w)
		if len(findings) < 7 {
			t.Errorf("%s: %d findings, want one for each check", name, len(findings))
		}
		for _, f := range findings {
			if f.Level != OK || f.Do != "" {
				t.Errorf("%s: %+v, want only good findings", name, f)
			}
		}
	}
}

func TestEachFaultIsFoundWithWhatToDo(t *testing.T) {
	for _, c := range []struct {
		name    string
		environ []string
		plant   func(w *World, r *redisconn.Facts, p *archive.PostgresFacts, f *archive.FileFacts, d *Folder)
		level   Level
		found   string // a part of the finding
		do      string // a part of what to do
	}{
		{"a setting that does not exist", []string{"OUTCRY_LISTN=:1"}, nil, Fault, "OUTCRY_LISTN: is not a setting; did you mean OUTCRY_LISTEN", "outcry config"},
		{"a variable that is not read", []string{"outcry_listen=:1"}, nil, Fault, "the variable outcry_listen is not read", "write OUTCRY_LISTEN"},
		{"a value of the wrong type", []string{"OUTCRY_TICK=fast"}, nil, Fault, "OUTCRY_TICK", "correct"},
		{"one store of two", []string{stores[0]}, nil, Fault, "OUTCRY_REDIS_URL: is set without OUTCRY_DATABASE_URL", "correct"},
		{"no limits in public", []string{"OUTCRY_LIMITS=off"}, nil, Fault, "as often as they like", "remove OUTCRY_LIMITS"},
		{"public metrics", []string{"OUTCRY_METRICS_LISTEN=:9090"}, nil, Warning, "open to everybody", "127.0.0.1"},
		{"a data folder that is not used", append([]string{"OUTCRY_DATA=/x"}, stores...), nil, Warning, "OUTCRY_DATA is not used", "remove"},
		{"a port that is taken", nil, func(w *World, _ *redisconn.Facts, _ *archive.PostgresFacts, _ *archive.FileFacts, _ *Folder) {
			w.Listen = func(string) error { return syscall.EADDRINUSE }
		}, Fault, "cannot listen on :8080", "ss -ltnp"},
		{"everybody is a proxy", []string{"OUTCRY_TRUSTED_PROXIES=0.0.0.0/0"}, nil, Fault, "0.0.0.0/0 contains every address", "correct"},
		{"half of the internet is a proxy", []string{"OUTCRY_TRUSTED_PROXIES=128.0.0.0/1"}, nil, Fault, "128.0.0.0/1: everybody in it", "only the addresses of your proxies"},
		{"half of IPv6 is a proxy", []string{"OUTCRY_TRUSTED_PROXIES=2000::/3"}, nil, Fault, "2000::/3", "only the addresses"},
		{"https and no proxy", []string{"OUTCRY_PUBLIC_URL=https://outcry.example"}, nil, Fault, "all visitors count as one", "OUTCRY_TRUSTED_PROXIES"},
		{"loopback and no proxy", []string{"OUTCRY_LISTEN=127.0.0.1:80", "OUTCRY_PUBLIC_URL=http://outcry.example"}, nil, Fault, "all visitors count as one", "OUTCRY_TRUSTED_PROXIES"},
		{"a read-only folder", nil, onFolder(func(d *Folder) { d.WriteErr = syscall.EROFS }), Fault, "no file can be made", "remount"},
		{"a folder for everybody", nil, onFolder(func(d *Folder) { d.Mode = 0o777 }), Fault, "may change", "chmod 700"},
		{"a folder that others read", nil, onFolder(func(d *Folder) { d.Mode = 0o755 }), Warning, "may read", "chmod 700"},
		{"a network file system", nil, onFolder(func(d *Folder) { d.Network = "NFS" }), Fault, "NFS", "a disk of this machine"},
		{"a full disk", nil, onFolder(func(d *Folder) { d.Free = 1 << 20 }), Fault, "1 MB of", "make room"},
		{"a disk that is almost full", nil, onFolder(func(d *Folder) { d.Free = 1 << 30 }), Warning, "1024 MB of", "make room"},
		{"a secret that others read", nil, onFolder(func(d *Folder) { d.SecretMode = 0o644 }), Fault, "others may read the file secret", "chmod 600"},
		{"no folder", nil, func(w *World, _ *redisconn.Facts, _ *archive.PostgresFacts, _ *archive.FileFacts, _ *Folder) {
			w.Folder = func(string) (Folder, error) { return Folder{}, fs.ErrPermission }
		}, Fault, "cannot be used", "install -d"},
		{"a damaged file", nil, onFile(func(f *archive.FileFacts) { f.Damage = "row 3 missing from index" }), Fault, "row 3 missing", "restore the last backup"},
		{"a clock that was set back", nil, onFile(func(f *archive.FileFacts) { f.Newest = noon.Add(time.Hour) }), Fault, "1h0m0s ahead of the clock", "time service"},
		{"a file of a newer version", nil, onFile(func(f *archive.FileFacts) { f.TooNew = errors.New("written by a newer version") }), Fault, "newer version", "start the newer version"},
		{"no Redis", stores, func(w *World, _ *redisconn.Facts, _ *archive.PostgresFacts, _ *archive.FileFacts, _ *Folder) {
			w.Redis = func(context.Context, string, bool) ([]redisconn.Facts, error) {
				return nil, errors.New("no connection")
			}
		}, Fault, "no connection", "firewall"},
		{"an old Redis", stores, onRedis(func(r *redisconn.Facts) { r.Version = "6.2.1" }), Fault, `"6.2.1"`, "upgrade Redis"},
		{"a Redis that evicts", stores, onRedis(func(r *redisconn.Facts) { r.MaxMemoryPolicy = "allkeys-lru" }), Fault, "allkeys-lru", "maxmemory-policy noeviction"},
		{"a Redis that is almost full", stores, onRedis(func(r *redisconn.Facts) { r.MaxMemory, r.UsedMemory = 100<<20, 90<<20 }), Warning, "90 of 100 MB", "raise maxmemory"},
		{"a Redis with snapshots only", stores, onRedis(func(r *redisconn.Facts) { r.HasAppendOnly, r.Save = false, "3600 1" }), Fault, "snapshots only", "appendonly yes"},
		{"a Redis without a file", stores, onRedis(func(r *redisconn.Facts) { r.HasAppendOnly = false }), Fault, "nothing on disk", "appendonly yes"},
		{"a Redis that never syncs", stores, onRedis(func(r *redisconn.Facts) { r.AppendFsync = "no" }), Warning, "appendfsync is no", "everysec"},
		{"a replica", stores, onRedis(func(r *redisconn.Facts) { r.IsReplica = true }), Fault, "replica", "master"},
		{"a Redis that takes no keys", stores, onRedis(func(r *redisconn.Facts) { r.CannotWrite = errors.New("NOPERM") }), Fault, "NOPERM", "outcry:*"},
		{"a Redis whose disk is full", stores, onRedis(func(r *redisconn.Facts) { r.FailedWrites = "the append-only file" }), Fault, "append-only file", "disk of Redis"},
		{"a cluster with a hole", stores, onRedis(func(r *redisconn.Facts) { r.IsClusterNode, r.ClusterState, r.SlotsOK = true, "fail", 10923 }), Fault, "node of a Redis Cluster", "OUTCRY_REDIS_CLUSTER=true"},
		{"a cluster with a hole, set as one", append([]string{"OUTCRY_REDIS_CLUSTER=true"}, stores...), onRedis(func(r *redisconn.Facts) { r.IsClusterNode, r.ClusterState, r.SlotsOK = true, "fail", 10923 }), Fault, "10923 of 16384", "cluster fix"},
		{"a cluster that stops as a whole", append([]string{"OUTCRY_REDIS_CLUSTER=true"}, stores...), onRedis(func(r *redisconn.Facts) {
			r.IsClusterNode, r.ClusterState, r.SlotsOK, r.FullCoverage = true, "ok", slots, "yes"
		}), Warning, "cluster-require-full-coverage", "CONFIG SET"},
		{"a clock of Redis that is late", stores, onRedis(func(r *redisconn.Facts) { r.Clock = noon.Add(-time.Minute) }), Fault, "1m0s behind", "time service"},
		{"no Postgres", stores, func(w *World, _ *redisconn.Facts, _ *archive.PostgresFacts, _ *archive.FileFacts, _ *Folder) {
			w.Postgres = func(context.Context, string) (archive.PostgresFacts, error) {
				return archive.PostgresFacts{}, errors.New("refused")
			}
		}, Fault, "refused", "pg_hba.conf"},
		{"an old Postgres", stores, onPostgres(func(p *archive.PostgresFacts) { p.Version = 130010 }), Fault, "the version is 13", "upgrade Postgres"},
		{"no right to create tables", stores, onPostgres(func(p *archive.PostgresFacts) { p.CanCreate = false }), Fault, "may not create tables", "GRANT CREATE"},
		{"no schema", stores, onPostgres(func(p *archive.PostgresFacts) { p.Schema = "" }), Fault, "no schema", "CREATE SCHEMA"},
		{"a standby", stores, onPostgres(func(p *archive.PostgresFacts) { p.IsReadOnly = true }), Fault, "replica or read-only", "primary"},
		{"PgBouncer for transactions", stores, onPostgres(func(p *archive.PostgresFacts) { p.SharesSessions = true }), Fault, "pool_mode transaction", "pool_mode = session"},
		{"fsync off", stores, onPostgres(func(p *archive.PostgresFacts) { p.Fsync = "off" }), Fault, "fsync is off", "fsync = on"},
		{"commits that are not on disk", stores, onPostgres(func(p *archive.PostgresFacts) { p.SynchronousCommit = "off" }), Fault, "synchronous_commit is off", "synchronous_commit = on"},
		{"another encoding", stores, onPostgres(func(p *archive.PostgresFacts) { p.Encoding = "LATIN1" }), Fault, "LATIN1", "UTF8"},
		{"few connections", stores, onPostgres(func(p *archive.PostgresFacts) { p.MaxConnections = 10 }), Warning, "max_connections is 10", "raise"},
		{"a database of a newer version", stores, onPostgres(func(p *archive.PostgresFacts) { p.TooNew = errors.New("written by a newer version") }), Fault, "newer version", "start the newer version"},
		{"a clock of Postgres that is early", stores, onPostgres(func(p *archive.PostgresFacts) { p.Clock = noon.Add(2 * time.Second) }), Warning, "2s ahead", "time service"},
		{"no secret", stores[:2], nil, Warning, "OUTCRY_SECRET is not set", "openssl"},
		{"a catalog that is missing", []string{"OUTCRY_CATALOG_EXTRA=/no/such/file.yaml"}, nil, Fault, "/no/such/file.yaml", "format"},
		{"a service that is missing", []string{"OUTCRY_METRICS_SERVICES=nosuch"}, nil, Fault, `"nosuch"`, "such as whatsapp"},
		{"a database of countries that is missing", []string{"OUTCRY_GEOIP=/no/such.mmdb"}, nil, Fault, "/no/such.mmdb", "built-in"},
		{"a database of systems that is missing", []string{"OUTCRY_ASN=/no/such.mmdb"}, nil, Fault, "/no/such.mmdb", "OUTCRY_ASN"},
		{"a mail server that is away", []string{"OUTCRY_SMTP_URL=smtp://mail.example:587", "OUTCRY_MAIL_FROM=a@b.example", "OUTCRY_PUBLIC_URL=http://outcry.example"}, func(w *World, _ *redisconn.Facts, _ *archive.PostgresFacts, _ *archive.FileFacts, _ *Folder) {
			w.Dial = func(context.Context, string) error { return &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED} }
		}, Fault, "does not answer at port 587: connection refused", "check the host"},
		{"few files", nil, func(w *World, _ *redisconn.Facts, _ *archive.PostgresFacts, _ *archive.FileFacts, _ *Folder) {
			w.FileLimit = func() (uint64, error) { return 256, nil }
		}, Fault, "may open 256 files", "LimitNOFILE"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, r, p, f, d := good()
			w.Environ = c.environ
			if c.plant != nil {
				c.plant(&w, r, p, f, d)
			}
			findings := Examine(t.Context(), w)
			for _, f := range findings {
				if f.Level != OK && f.Do == "" {
					t.Errorf("%+v does not say what to do", f)
				}
				if f.Level == c.level && strings.Contains(f.Found, c.found) && strings.Contains(f.Do, c.do) {
					return
				}
			}
			t.Errorf("no %s with %q and %q was found, but:\n%+v", c.level, c.found, c.do, findings)
		})
	}
}

type plant = func(*World, *redisconn.Facts, *archive.PostgresFacts, *archive.FileFacts, *Folder)

func onRedis(f func(*redisconn.Facts)) plant {
	return func(_ *World, r *redisconn.Facts, _ *archive.PostgresFacts, _ *archive.FileFacts, _ *Folder) { f(r) }
}

func onPostgres(f func(*archive.PostgresFacts)) plant {
	return func(_ *World, _ *redisconn.Facts, p *archive.PostgresFacts, _ *archive.FileFacts, _ *Folder) { f(p) }
}

func onFile(change func(*archive.FileFacts)) plant {
	return func(_ *World, _ *redisconn.Facts, _ *archive.PostgresFacts, f *archive.FileFacts, _ *Folder) {
		change(f)
	}
}

func onFolder(change func(*Folder)) plant {
	return func(_ *World, _ *redisconn.Facts, _ *archive.PostgresFacts, _ *archive.FileFacts, d *Folder) {
		change(d)
	}
}

func TestTheFolderOfThisMachineIsDescribed(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o750); err != nil {
		t.Fatal(err)
	}
	f, err := lookAt(dir)
	if err != nil || !f.Exists || f.Mode.Perm() != 0o750 || f.WriteErr != nil || f.Total == 0 || f.Free > f.Total || f.HasDatabase {
		t.Errorf("lookAt = %+v, %v; want a folder with mode 0750 that can be written to", f, err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("lookAt left %v in the folder", left)
	}
	if f, err := lookAt(filepath.Join(dir, "new")); err != nil || f.Exists {
		t.Errorf("lookAt of a folder that can be made = %+v, %v", f, err)
	}
	if _, err := lookAt(filepath.Join(dir, "no", "such")); err == nil {
		t.Error("lookAt below a folder that does not exist = nil, want an error")
	}
}
