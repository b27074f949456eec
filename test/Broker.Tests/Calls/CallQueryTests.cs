using Polydev.Broker.Calls;
using Polydev.Broker.Tests.Storage;

namespace Polydev.Broker.Tests.Calls;

public sealed class CallQueryTests
{
    [Test]
    public void Cursor_Written_IsReadAsItself()
    {
        var cursor = CallCursor.Behind(SomeCalls.Make("req_0123.456"));

        Assert.That(CallCursor.Parse(cursor.ToString()), Is.EqualTo(cursor));
        Assert.That(cursor.ToString(), Is.EqualTo("1772366400000.req_0123.456"));
    }

    [TestCase("")]
    [TestCase("1764237600000")]
    [TestCase(".req_1")]
    [TestCase("-1.req_1")]
    [TestCase("999999999999999999.req_1")]
    [TestCase("x.req_1")]
    public void Cursor_ThatIsNone_IsNull(string text) => Assert.That(CallCursor.Parse(text), Is.Null);

    [TestCase(0)]
    [TestCase(201)]
    public void PageSize_OutOfBounds_IsRefused(int size) =>
        Assert.That(() => new CallQuery { AccountId = "ann", PageSize = size }, Throws.InstanceOf<ArgumentOutOfRangeException>());

    /// <summary>A page of failures is read from an index of those alone, however many calls were answered.</summary>
    [Test]
    public async Task NotAnswered_OnSqlite_IsReadFromTheirOwnIndex()
    {
        using var temporary = new TemporaryDatabase();
        await using var connection = await temporary.Open().OpenAsync(default);
        await using var command = connection.CreateCommand();
        command.CommandText =
            "EXPLAIN QUERY PLAN SELECT id FROM calls WHERE account_id = 'ann' AND result <> 1 ORDER BY began_at DESC, id DESC LIMIT 50";
        await using var reader = await command.ExecuteReaderAsync();

        Assert.That(await reader.ReadAsync(), Is.True);
        Assert.That(reader.GetString(3), Does.Contain("calls_not_answered"));
    }
}
