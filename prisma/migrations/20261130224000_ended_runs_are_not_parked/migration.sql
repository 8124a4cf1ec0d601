-- A run that has ended waits for no command.
UPDATE run SET parked = false WHERE parked AND status NOT IN ('PENDING', 'CLAIMED');
