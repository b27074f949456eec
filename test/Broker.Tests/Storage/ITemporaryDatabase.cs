using Polydev.Broker.Quotas;
using Polydev.Broker.Storage;

namespace Polydev.Broker.Tests.Storage;

/// <summary>A database of one test's own, with as many "brokers" on it as the test opens.</summary>
internal interface ITemporaryDatabase : IDisposable
{
    Database OpenDatabase();

    /// <summary>As another broker has one.</summary>
    IQuotaStore OpenQuotas(TierOptions tiers);
}
