namespace Polydev.Broker.Pages.Frame;

/// <summary>A page of the dashboard whose parts are kept up to date while somebody looks.</summary>
internal interface ILivePage
{
    /// <summary>As the page's body names it: <c>overview</c>.</summary>
    string Name { get; }

    /// <summary>What the page shows now, read once for all who look at it.</summary>
    /// <param name="before">What it showed a second ago: what is costly and changes slowly may be taken from it. Null: it is new.</param>
    Task<PageContent> ReadAsync(string accountId, PageContent? before, CancellationToken cancellationToken);
}

/// <summary>A page's component with what it shows. The same for each who looks: whatever depends on him is his viewer's.</summary>
internal sealed record PageContent(Type View, Dictionary<string, object?> Parameters);
