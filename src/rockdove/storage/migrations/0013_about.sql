-- What the console's lists are asked by.

-- Who uploaded a package, who stopped a push: by what it was done to.
CREATE INDEX audit_log_object ON audit_log (access_id, object, audit_id) WHERE object <> '';
