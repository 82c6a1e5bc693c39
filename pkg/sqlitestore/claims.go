package sqlitestore

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// claims are the idempotency keys of the last window.IDMemory. They are written
// with the next batch that is counted, which is at the latest the one of the
// report that they came with. There are no more of them than reports.
type claims struct {
	mu        sync.Mutex
	byKey     map[[16]byte]claimed
	unwritten []claim
}

// claimed is what a key was first used for, and when in milliseconds since the
// Unix epoch.
type claimed struct {
	body [8]byte
	at   int64
}

// claim is a key with what it was first used for.
type claim struct {
	key [16]byte
	claimed
}

var _ window.Claims = (*Store)(nil)

// Claim reports whether c is the first claim of its key within window.IDMemory,
// or has the fingerprint of the first. The key holds its service.
func (s *Store) Claim(_ context.Context, _ string, c report.Claim, at time.Time) (same bool, err error) {
	s.claims.mu.Lock()
	defer s.claims.mu.Unlock()
	now := at.UnixMilli()
	if first, ok := s.claims.byKey[c.Key]; ok && now-first.at < window.IDMemory.Milliseconds() {
		return first.body == c.Body, nil
	}
	one := claim{c.Key, claimed{c.Body, now}}
	s.claims.byKey[c.Key] = one.claimed
	s.claims.unwritten = append(s.claims.unwritten, one)
	return true, nil
}

// add adds a claim that was read from the disk.
func (c *claims) add(one claim) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if known, ok := c.byKey[one.key]; !ok || known.at < one.at {
		c.byKey[one.key] = one.claimed
	}
}

// take returns the claims to write, which give takes back if they were not.
func (c *claims) take() []claim {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := c.unwritten
	c.unwritten = nil
	return all
}

// give puts claims back that could not be written.
func (c *claims) give(all []claim) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.unwritten = append(all, c.unwritten...)
}

// forget drops the claims that no request at or after now can meet.
func (c *claims) forget(now int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for key, first := range c.byKey {
		if now-first.at >= window.IDMemory.Milliseconds() {
			delete(c.byKey, key)
		}
	}
}

// writeClaims writes claims.
func (b *batch) writeClaims(all []claim) error {
	for _, one := range all {
		if err := b.disk.begin(); err != nil {
			return err
		}
		if _, err := b.disk.addClaim.exec(one.key[:], one.body[:], one.at); err != nil {
			return fmt.Errorf("remember an idempotency key: %w", err)
		}
	}
	return nil
}
