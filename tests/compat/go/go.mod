module rockdove.dev/compat

go 1.21
