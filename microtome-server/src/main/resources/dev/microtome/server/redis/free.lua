-- Gives a job back as long as the claim holds it. id, worker, attempt, attempts that count
if holds(ARGV[2], ARGV[3], ARGV[4]) then free(ARGV[2], ARGV[5]) end
return 1
