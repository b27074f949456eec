using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Polydev.Broker.Storage;

/// <summary>
/// A statement that is parsed once and run often, for what every call asks of SQLite: its values are bound by their place. A
/// <see cref="SqliteCommand"/> looks each one up by its name, and makes a reader for each run, which costs as much as the statement.
/// </summary>
internal sealed class SqliteStatement : IDisposable
{
    private readonly sqlite3 _connection;
    private readonly sqlite3_stmt _statement;

    /// <exception cref="SqliteException">It cannot be parsed, or names what is not there.</exception>
    public SqliteStatement(SqliteConnection connection, string sql)
    {
        _connection = connection.Handle!;
        Check(raw.sqlite3_prepare_v2(_connection, sql, out _statement));
    }

    public long this[int column] => raw.sqlite3_column_int64(_statement, column);

    /// <summary>The rows that it has inserted or changed, after its run.</summary>
    public int Changed => raw.sqlite3_changes(_connection);

    /// <summary>The first value is in the place of the first name in the statement.</summary>
    public void Bind(int index, ColumnValue value)
    {
        if (value.Text is { } text)
        {
            Bind(index, text);
        }
        else if (value.Number is { } number)
        {
            Bind(index, number);
        }
        else
        {
            Check(raw.sqlite3_bind_null(_statement, index + 1));
        }
    }

    public void Bind(int index, long value) => Check(raw.sqlite3_bind_int64(_statement, index + 1, value));

    public void Bind(int index, string value) => Check(raw.sqlite3_bind_text(_statement, index + 1, value));

    /// <returns>There is a row, and its columns can be read; false: it has run to its end.</returns>
    /// <exception cref="SqliteException">As of a command. It can be run again.</exception>
    public bool Step()
    {
        var result = raw.sqlite3_step(_statement);
        if (result == raw.SQLITE_ROW)
        {
            return true;
        }

        // Before the reset: the connection tells the message of its last call.
        try
        {
            Check(result);
        }
        finally
        {
            Reset();
        }

        return false;
    }

    /// <summary>To its end, whatever it has to tell.</summary>
    /// <exception cref="SqliteException">As of a command. It can be run again.</exception>
    public void Run()
    {
        while (Step())
        {
        }
    }

    /// <summary>Lets go of the row that it stands at.</summary>
    public void Reset() => raw.sqlite3_reset(_statement);

    public string Text(int column) => raw.sqlite3_column_text(_statement, column).utf8_to_string();

    public long? OptionalNumber(int column) =>
        raw.sqlite3_column_type(_statement, column) == raw.SQLITE_NULL ? null : this[column];

    public void Dispose() => _statement.Dispose();

    private void Check(int result) => SqliteException.ThrowExceptionForRC(result, _connection);
}
