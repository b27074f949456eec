using Polydev.Broker.Audit;

namespace Polydev.Broker.Tests.Audit;

/// <summary>Who did it, and entries that say so.</summary>
internal static class SomeEntries
{
    public static readonly Actor Ann = Actor.Session("session1", "Test Browser/1.0", "192.0.2.7");

    public static AuditEntry Of(
        DateTimeOffset at, string account = "ann", string action = AuditActions.KeyRenamed, string subject = "k1") =>
        AuditEntry.Of(account, action, Ann, at) with { SubjectId = subject, SubjectName = $"name of {subject}", Detail = "as told" };
}
