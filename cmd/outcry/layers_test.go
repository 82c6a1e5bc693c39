package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/outcry/outcry/"

// layers is the order of packages: one imports packages of lower layers
// only. See docs/architecture.md.
var layers = map[string]int{
	"api":             0,
	"frontend":        0,
	"pkg/apikey":      0,
	"pkg/cache":       0,
	"pkg/detect":      0,
	"pkg/fault":       0,
	"pkg/gate":        0,
	"pkg/locale":      0,
	"pkg/markup":      0,
	"pkg/outbound":    0,
	"pkg/publicurl":   0,
	"pkg/report":      0,
	"pkg/streak":      0,
	"pkg/seal":        0,
	"pkg/steady":      0,
	"pkg/textfile":    0,
	"pkg/version":     0,
	"pkg/catalog":     1,
	"pkg/config":      1,
	"pkg/geo":         1,
	"pkg/incident":    1,
	"pkg/limit":       1,
	"pkg/proof":       1,
	"pkg/window":      1,
	"pkg/admin":       2,
	"pkg/backtest":    2,
	"pkg/baseline":    2,
	"pkg/exclusion":   2,
	"pkg/ingest":      2,
	"pkg/journal":     2,
	"pkg/notify":      2,
	"pkg/publish":     2,
	"pkg/scenario":    2,
	"pkg/status":      2,
	"pkg/archive":     3,
	"pkg/heatmap":     3,
	"pkg/monitor":     3,
	"pkg/redisconn":   3,
	"pkg/statuspage":  3,
	"pkg/card":        4,
	"pkg/cluster":     4,
	"pkg/dispatch":    4,
	"pkg/mail":        4,
	"pkg/push":        4,
	"pkg/redisstore":  4,
	"pkg/sqlitestore": 4,
	"pkg/storetest":   4,
	"pkg/transfer":    4,
	"pkg/view":        4,
	"pkg/webhook":     4,
	"pkg/httpapi":     5,
	"pkg/site":        5,
	"pkg/agents":      6,
	"pkg/doctor":      6,
	"pkg/embed":       6,
	"pkg/guard":       6,
	"pkg/metrics":     6,
	"pkg/tracing":     6,
	"pkg/web":         7,
	"pkg/app":         8,
	"pkg/replay":      9,
	"cmd/outcry":      10,
}

// sameLayer lists the imports within a layer that are allowed.
var sameLayer = map[string]string{
	"pkg/locale": "pkg/textfile", // words are files that people write
	"pkg/report": "pkg/fault",    // errors name the wrong field
	"pkg/gate":   "pkg/fault",    // a full queue is a kind of failure
}

// homes says which packages may import a library.
var homes = map[string][]string{
	"github.com/gin-gonic/gin":               {"api", "pkg/agents", "pkg/httpapi", "pkg/embed", "pkg/guard", "pkg/metrics", "pkg/tracing", "pkg/web", "pkg/app"},
	"github.com/modelcontextprotocol/go-sdk": {"pkg/agents"},
	"gorm.io/":                               {"pkg/archive"},
	"modernc.org/sqlite":                     {"pkg/archive"},
	"github.com/redis/go-redis":              {"pkg/redisconn", "pkg/redisstore", "pkg/cluster"},
	"github.com/oschwald/maxminddb-golang":   {"pkg/geo"},
	"github.com/phuslu/iploc":                {"pkg/geo"},
	"github.com/nicksnyder/go-i18n":          {"pkg/locale"},
	"git.sr.ht/~sbinet/gg":                   {"pkg/card"},
	"github.com/go-text/":                    {"pkg/card"},
	"github.com/standard-webhooks/":          {"pkg/webhook"},
	"github.com/wneessen/go-mail":            {"pkg/mail"},
	"go.opentelemetry.io/otel":               {"pkg/tracing"},
	"github.com/prometheus/client_golang":    {"pkg/metrics", "pkg/app"},
	"code.dny.dev/ssrf":                      {"pkg/outbound"},
}

func TestPackagesImportLowerLayersOnly(t *testing.T) {
	for file, imports := range sources(t) {
		pkg := filepath.ToSlash(filepath.Dir(file))
		layer, listed := layers[pkg]
		if !listed {
			t.Errorf("%s: package %s is not in the list of layers; put it there and in docs/architecture.md", file, pkg)
			continue
		}
		for _, path := range imports {
			if other, ours := strings.CutPrefix(path, module); ours {
				below, known := layers[other]
				if !known || below > layer || below == layer && sameLayer[pkg] != other {
					t.Errorf("%s (layer %d) imports %s (layer %d)", file, layer, other, below)
				}
				continue
			}
			for library, allowed := range homes {
				if strings.HasPrefix(path, library) && !slices.Contains(allowed, pkg) {
					t.Errorf("%s imports %s, which belongs to %v", file, path, allowed)
				}
			}
		}
	}
}

// sources returns the imports of every file that is built into the program, by
// its path from the project's root.
func sources(t *testing.T) map[string][]string {
	t.Helper()
	root := filepath.Join("..", "..")
	found := map[string][]string{}
	for _, dir := range []string{"pkg", "cmd", "api", "frontend"} {
		err := filepath.WalkDir(filepath.Join(root, dir), func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if d.IsDir() && (d.Name() == "node_modules" || d.Name() == "gen" || d.Name() == "testdata") {
				return filepath.SkipDir
			}
			if filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
				return nil
			}
			f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
			if err != nil {
				return err
			}
			rel, err := filepath.Rel(root, path)
			if err != nil {
				return err
			}
			found[rel] = nil
			for _, imp := range f.Imports {
				name, err := strconv.Unquote(imp.Path.Value)
				if err != nil {
					return err
				}
				found[rel] = append(found[rel], name)
			}
			return nil
		})
		if err != nil {
			t.Fatalf("read the sources below %s: %v", dir, err)
		}
	}
	if len(found) < 20 {
		t.Fatalf("found %d source files: the test does not see the project", len(found))
	}
	return found
}
