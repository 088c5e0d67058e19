-- Never run: within one process listeners are called directly.
SELECT $1;
