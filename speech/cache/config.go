package cache

// Config bounds the cache of spoken phrases.
type Config struct {
	// MemoryBytes of audio are kept in memory, those used last.
	MemoryBytes int64 `yaml:"memory_bytes"`
	// Folder keeps phrases on disk too; empty: in memory only.
	Folder string `yaml:"folder"`
	// DiskBytes bounds the folder; the files used longest ago go first.
	DiskBytes int64 `yaml:"disk_bytes"`
	// LongestText in bytes: longer ones are spoken anew each time.
	LongestText int `yaml:"longest_text"`
}

// Defaults keep about an hour of 8 kHz audio in memory and nothing on disk.
func Defaults() Config {
	return Config{MemoryBytes: 64 << 20, DiskBytes: 1 << 30, LongestText: 1000}
}

// Validate reports settings that cannot work.
func (c Config) Validate(report func(key, problem, remedy string)) {
	if c.MemoryBytes < 0 {
		report("memory_bytes", "is below zero", "use 67108864, or 0 to keep nothing in memory")
	}
	if c.DiskBytes < 0 {
		report("disk_bytes", "is below zero", "use 1073741824")
	}
	if c.LongestText < 0 {
		report("longest_text", "is below zero", "use 1000, or 0 to keep nothing")
	}
}
