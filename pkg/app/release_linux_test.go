package app

import (
	"slices"
	"testing"
)

func TestOnlyUntouchedPartsOfTheProgramAreReleased(t *testing.T) {
	const smaps = `00400000-01a8a000 r-xp 00000000 fe:00 10996645                           /bin/outcry
Rss:               20068 kB
Anonymous:             0 kB
VmFlags: rd ex mr mw me
01a8a000-03331000 r--p 0168a000 fe:00 10996645                           /bin/outcry
Anonymous:             8 kB
03331000-038bf000 rw-p 02f31000 fe:00 10996645                           /bin/outcry
Anonymous:             0 kB
04000000-05000000 r--p 02f31000 fe:00 10996645                           /bin/outcry
Anonymous:             0 kB
06000000-07000000 r--p 00000000 fe:00 10996646                           /lib/other
Anonymous:             0 kB
2e5b3d400000-2e5b44000000 rw-p 00000000 00:00 0
Anonymous:         38520 kB
`
	want := []mapping{{0x400000, 0x1a8a000}, {0x4000000, 0x5000000}}
	if got := untouchedMappings([]byte(smaps), "/bin/outcry"); !slices.Equal(got, want) {
		t.Errorf("untouchedMappings = %x, want the code and the constants that nothing was written to: %x", got, want)
	}
}

func TestReleasedMemoryIsUsedAgain(t *testing.T) {
	if err := releaseMemory(); err != nil {
		t.Errorf("releaseMemory = %v, want nil", err)
	}
}
