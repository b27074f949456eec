namespace Polydev.Broker.Audit;

/// <summary>
/// Keeps the audit trails. Entries are written by the stores of what was changed, in the change's own transaction; here they are read.
/// </summary>
internal interface IAuditStore
{
    /// <summary>The account's, newest first. Pages have no gaps and no doubles, whatever is added meanwhile.</summary>
    Task<AuditPage> ListAsync(AuditQuery query, CancellationToken cancellationToken);

    /// <summary>Deletes at most so many entries of before.</summary>
    /// <returns>How many it deleted.</returns>
    Task<int> DeleteAsync(DateTimeOffset before, int most, CancellationToken cancellationToken);
}

/// <summary>Which entries of an account are asked for.</summary>
internal sealed record AuditQuery
{
    public const int LargestPage = 200;

    public required string AccountId { get; init; }

    /// <summary>About this key, machine or token alone; null: all.</summary>
    public string? SubjectId { get; init; }

    /// <summary>The page behind the entry of this id; null: the first.</summary>
    public string? After { get; init; }

    /// <summary>Entries of a page: 1 to <see cref="LargestPage"/>.</summary>
    public int PageSize
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, LargestPage);
            field = value;
        }
    } = 50;
}

/// <param name="Next">Behind which entry the next page begins; null: this was the last.</param>
public sealed record AuditPage(IReadOnlyList<AuditEntry> Entries, string? Next);
