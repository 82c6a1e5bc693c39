// Package pgtest creates a Postgres database for a test, on the server that
// scripts/services starts.
package pgtest

import (
	"context"
	"net/url"
	"os"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// Variable is the environment variable with the URL of the server. Its role must
// be allowed to create databases.
const Variable = "OUTCRY_TEST_DATABASE_URL"

// Database creates an empty database for t and returns its URL. It is dropped
// when t ends. Without a server t fails, or is skipped with -short.
func Database(t testing.TB) string {
	t.Helper()
	server := os.Getenv(Variable)
	if server == "" && testing.Short() {
		t.Skipf("%s is not set", Variable)
	}
	if server == "" {
		t.Fatalf("%s is not set: this test needs Postgres; start one with `eval \"$(scripts/services up)\"`", Variable)
	}
	name := "test_" + uuid.NewString()
	execute(t, server, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize())
	t.Cleanup(func() { execute(t, server, "DROP DATABASE "+pgx.Identifier{name}.Sanitize()+" WITH (FORCE)") })
	u, err := url.Parse(server)
	if err != nil {
		t.Fatalf("%s is not a URL", Variable)
	}
	u.Path = "/" + name
	return u.String()
}

func execute(t testing.TB, server, statement string) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context()) // the context of a test is cancelled before its cleanup
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		t.Fatalf("connect to the server of %s: %v", Variable, err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}
