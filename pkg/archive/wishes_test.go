package archive

import (
	"fmt"
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/admin"
)

func TestWishesAreCountedAndBounded(t *testing.T) {
	onBoth(t, func(t *testing.T, a *Archive) {
		ctx, begin := t.Context(), time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
		add := func(key, name string, after time.Duration) {
			t.Helper()
			at := begin.Add(after)
			if err := a.AddWish(ctx, admin.Wish{Key: key, Name: name, Count: 1, First: at, Last: at}); err != nil {
				t.Fatal(err)
			}
		}
		add("campus mail", "Campus Mail", 0)
		add("campus mail", "campus mail", time.Hour)
		add("other", "Other", 0)
		got, err := a.Wishes(ctx, 10)
		if err != nil {
			t.Fatal(err)
		}
		want := []admin.Wish{
			{Key: "campus mail", Name: "Campus Mail", Count: 2, First: begin, Last: begin.Add(time.Hour)},
			{Key: "other", Name: "Other", Count: 1, First: begin, Last: begin},
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("Wishes = %v, want %v", got, want)
		}
		rows := make([]wishRow, maxWishes)
		for i := range rows {
			rows[i] = wishRow{Name: fmt.Sprintf("filler %d", i), Shown: "filler", N: 1, First: millis(begin), Latest: millis(begin.Add(time.Minute))}
		}
		if err := a.writeDB.WithContext(ctx).CreateInBatches(rows, 100).Error; err != nil {
			t.Fatal(err)
		}
		add("newest", "Newest", 2*time.Hour)
		var n int64
		if err := a.readDB.WithContext(ctx).Model(&wishRow{}).Count(&n).Error; err != nil || n != maxWishes {
			t.Errorf("%d services are kept (error %v), want %d", n, err, maxWishes)
		}
		var kept []string
		if err := a.readDB.WithContext(ctx).Model(&wishRow{}).Where("name IN ?", []string{"campus mail", "other", "newest"}).Order("name").Pluck("name", &kept).Error; err != nil {
			t.Fatal(err)
		}
		if fmt.Sprint(kept) != "[campus mail newest]" {
			t.Errorf("kept %v, want the one asked for twice and the newest; the oldest that was asked for once goes", kept)
		}
	})
}
