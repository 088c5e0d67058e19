-- One task by its key.
\set id random(:low, :high)
SELECT * FROM task WHERE id = :id;
