module github.com/google/gousb

go 1.21

// Released in error, v1.* remains the current version.
retract v2.1.0+incompatible
