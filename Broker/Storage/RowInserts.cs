using System.Collections.Concurrent;
using System.Globalization;

namespace Polydev.Broker.Storage;

/// <summary>How rows of a table are inserted, by <see cref="Database.InsertAsync"/>.</summary>
/// <param name="onConflict">SQL behind the rows: what becomes of one that is there.</param>
internal sealed class RowInserts<T>(string table, string onConflict, (string Name, Func<T, ColumnValue> Value)[] columns)
{
    private readonly ConcurrentDictionary<int, string> _statements = [];

    /// <summary>The first column, a text, is the key, and a row that is there is left alone.</summary>
    public bool LeavesKnown { get; init; }

    public string Key => columns[0].Name;

    public int Columns => columns.Length;

    public ColumnValue Value(T row, int column) => columns[column].Value(row);

    /// <summary>Row by row, and in each column by column.</summary>
    public IEnumerable<string> ParametersOf(int rows) =>
        Enumerable.Range(0, rows).SelectMany(row => columns.Select(column => Name(column.Name, row)));

    public string StatementOf(int rows) => _statements.GetOrAdd(rows, Statement);

    // A parameter is named by its column and its row: @model7.
    private static string Name(string column, int row) => string.Create(CultureInfo.InvariantCulture, $"@{column}{row}");

    private string Statement(int rows)
    {
        var names = string.Join(", ", columns.Select(column => column.Name));
        var values = Enumerable.Range(0, rows).Select(row => string.Join(", ", columns.Select(column => Name(column.Name, row))));
        return $"INSERT INTO {table} ({names}) VALUES {string.Join(", ", values.Select(row => $"({row})"))} {onConflict}";
    }
}

/// <summary>A text, a number, or neither: null.</summary>
internal readonly record struct ColumnValue(string? Text, long? Number)
{
    public static implicit operator ColumnValue(string? text) => new(text, null);

    public static implicit operator ColumnValue(long? number) => new(null, number);

    public object? ToObject() => Text ?? (object?)Number;
}
