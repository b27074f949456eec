using System.Collections.Concurrent;
using System.Globalization;

namespace Polydev.Broker.Storage;

/// <summary>How rows of a table are inserted, by <see cref="Database.InsertAsync"/>.</summary>
/// <param name="ending">What follows the rows in the statement.</param>
internal sealed class RowInserts<T>(string table, string ending, (string Column, Func<T, object?> Value)[] columns)
{
    private readonly ConcurrentDictionary<int, string> _statements = [];

    public int Columns => columns.Length;

    /// <summary>Null, an int, a long or a string.</summary>
    public object? Value(T row, int column) => columns[column].Value(row);

    /// <summary>Row by row, and in each column by column.</summary>
    public IEnumerable<string> ParametersOf(int rows) =>
        Enumerable.Range(0, rows).SelectMany(row => columns.Select(column => Name(column.Column, row)));

    public string StatementOf(int rows) => _statements.GetOrAdd(rows, Statement);

    // A parameter is named by its column and its row: @model7.
    private static string Name(string column, int row) => string.Create(CultureInfo.InvariantCulture, $"@{column}{row}");

    private string Statement(int rows)
    {
        var names = string.Join(", ", columns.Select(column => column.Column));
        var values = Enumerable.Range(0, rows).Select(row => string.Join(", ", columns.Select(column => Name(column.Column, row))));
        return $"INSERT INTO {table} ({names}) VALUES {string.Join(", ", values.Select(row => $"({row})"))} {ending}";
    }
}
