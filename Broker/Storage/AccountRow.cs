using Polydev.Broker.Accounts;

namespace Polydev.Broker.Storage;

/// <summary>A row of <c>accounts</c>, in the types that both databases have.</summary>
internal sealed record AccountRow
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    public required int Tier { get; init; }

    public required long CreatedAt { get; init; }

    public static AccountRow From(Account account) => new()
    {
        Id = account.Id,
        Name = account.Name,
        Tier = (int)account.Tier,
        CreatedAt = account.CreatedAt.ToUnixTimeMilliseconds(),
    };

    public Account ToAccount() => new()
    {
        Id = Id,
        Name = Name,
        Tier = (AccountTier)Tier,
        CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(CreatedAt),
    };
}
