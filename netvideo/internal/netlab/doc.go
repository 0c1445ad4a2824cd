// Package netlab builds small networks for tests out of network namespaces: machines,
// cables between them, and what befalls cables. It needs Linux, root, and the programs
// ip, nft and tc; where they are absent, tests that ask for a lab are skipped.
package netlab
