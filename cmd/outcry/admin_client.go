package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/outcry/outcry/api"
	"github.com/outcry/outcry/pkg/admin"
	"github.com/outcry/outcry/pkg/config"
	"github.com/outcry/outcry/pkg/httpapi"
	"github.com/outcry/outcry/pkg/textfile"
)

const (
	// adminPatience is how long the command waits until an action is applied, and
	// adminPause how long between two looks.
	adminPatience = 40 * time.Second
	adminPause    = 500 * time.Millisecond
	// adminTimeout bounds one request, maxAdminAnswer the answer in bytes.
	adminTimeout   = 15 * time.Second
	maxAdminAnswer = 4 << 20
)

// adminClient asks a server with the key of an operator.
type adminClient struct {
	base, key string
	host      string // the name that the server goes by; empty: that of its address
}

// serverFlag adds the flag that names the server.
func serverFlag(flags *flag.FlagSet) *string {
	return flags.String("server", "", "the address of the server, such as https://outcry.example; without it, the server on this machine")
}

// newAdminClient returns a client of a server; an empty address is that of the
// server on this machine.
func newAdminClient(server string) (*adminClient, error) {
	key, err := adminKey()
	if err != nil {
		return nil, err
	}
	c := &adminClient{key: key}
	if server == "" {
		cfg, err := config.Load(os.Environ())
		if err != nil {
			return nil, err
		}
		if server, err = localURL(cfg); err != nil {
			return nil, err
		}
		if public, err := url.Parse(cfg.PublicURL); err == nil {
			c.host = public.Host
		}
	}
	u, err := url.Parse(server)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("the server %q is not an address such as https://outcry.example", server)
	}
	c.base = strings.TrimSuffix(server, "/") + httpapi.Base + "/admin"
	return c, nil
}

// adminKey returns the key of the operator.
func adminKey() (string, error) {
	const name = config.Prefix + "ADMIN_KEY"
	if key := strings.TrimSpace(os.Getenv(name)); key != "" {
		return key, nil
	}
	path := os.Getenv(name + "_FILE")
	if path == "" {
		return "", fmt.Errorf("%s is not set; outcry keys create --scope admin --name TEXT makes a key", name)
	}
	b, err := textfile.Read(path)
	if err != nil {
		return "", fmt.Errorf("%s_FILE: %w", name, err)
	}
	return strings.TrimSpace(string(b)), nil
}

// localURL returns the address of the server on this machine.
func localURL(cfg config.Config) (string, error) {
	host, port, err := net.SplitHostPort(cfg.Listen)
	if err != nil {
		return "", fmt.Errorf("OUTCRY_LISTEN: %w", err)
	}
	if host == "" || net.ParseIP(host).IsUnspecified() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port), nil
}

// act asks for an action, and returns its entry once it is applied or refused, or
// when adminPatience is over.
func (c *adminClient) act(ctx context.Context, a api.AdminAction) (api.AuditEntry, error) {
	body, err := json.Marshal(a)
	if err != nil {
		return api.AuditEntry{}, err
	}
	var answer api.AuditAnswer
	if err := c.call(ctx, http.MethodPost, "/actions", body, &answer); err != nil {
		return api.AuditEntry{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, adminPatience)
	defer cancel()
	for answer.Entry.State == string(admin.Waiting) {
		select {
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.Canceled) {
				return answer.Entry, ctx.Err()
			}
			return answer.Entry, nil
		case <-time.After(adminPause):
		}
		if err := c.call(ctx, http.MethodGet, fmt.Sprintf("/audit/%d", answer.Entry.Id), nil, &answer); err != nil && ctx.Err() == nil {
			return answer.Entry, err
		}
	}
	return answer.Entry, nil
}

// audit returns the latest entries of the audit trail.
func (c *adminClient) audit(ctx context.Context, limit int) ([]api.AuditEntry, error) {
	var trail api.AuditTrail
	err := c.call(ctx, http.MethodGet, fmt.Sprintf("/audit?limit=%d", limit), nil, &trail)
	return trail.Entries, err
}

// call makes one request and decodes its answer into v. An answer with a problem is
// an error with the words of the server.
func (c *adminClient) call(ctx context.Context, method, path string, body []byte, v any) error {
	ctx, cancel := context.WithTimeout(ctx, adminTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Host = c.host
	req.Header.Set("Authorization", "Bearer "+c.key)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("the server does not answer: %w", err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(io.LimitReader(res.Body, maxAdminAnswer))
	if err != nil {
		return fmt.Errorf("read the answer of the server: %w", err)
	}
	if res.StatusCode >= http.StatusBadRequest {
		var p api.Problem
		if json.Unmarshal(data, &p) == nil && p.Detail != "" {
			return fmt.Errorf("the server refuses it (%d): %s", res.StatusCode, p.Detail)
		}
		return fmt.Errorf("the server answers %s", res.Status)
	}
	if err := json.Unmarshal(data, v); err != nil {
		return fmt.Errorf("the server's answer cannot be read; is it an Outcry of this version? %w", err)
	}
	return nil
}

func sortedKeys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }
