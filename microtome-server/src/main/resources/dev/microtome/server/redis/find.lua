-- A job, or nil in its place. id
return {present(ARGV[2], {})}
