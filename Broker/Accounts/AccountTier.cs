namespace Polydev.Broker.Accounts;

/// <summary>How many calls an account may make. The numbers are stored.</summary>
internal enum AccountTier
{
    Free = 1,
    Premium = 2,

    /// <summary>Of a self-hosted broker's owner.</summary>
    Unlimited = 3,
}
