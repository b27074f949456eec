namespace Polydev.Broker.Reference;

/// <summary>
/// What the API reference tells of an endpoint; it stands at the endpoint. The management API takes nothing of a request that does not
/// stand here, so that the reference and the API cannot part.
/// </summary>
/// <param name="Id">Unique, in camel case: <c>createKey</c>.</param>
/// <param name="Tag">Under which the reference shows it.</param>
/// <param name="Summary">One line.</param>
internal sealed record ApiOperation(string Id, string Tag, string Summary)
{
    public string Description { get; init; } = string.Empty;

    /// <summary>Where the reference shows it; null: at the endpoint's own pattern.</summary>
    public string? Address { get; init; }

    /// <summary>What its callers show: a key of the API, or a session or token of an account.</summary>
    public required ApiCaller Caller { get; init; }

    public IReadOnlyList<ApiField> Query { get; init; } = [];

    /// <summary>Of the JSON object that it takes; empty: it takes none.</summary>
    public IReadOnlyList<ApiField> Body { get; init; } = [];

    /// <summary>The body is a vendor's, and has more fields than are told here.</summary>
    public bool IsBodyOpen { get; init; }

    /// <summary>Of the answer; null: it has no body, or one that is a vendor's.</summary>
    public Type? Answer { get; init; }

    public int Status { get; init; } = StatusCodes.Status200OK;

    /// <summary>What it may be answered with instead: statuses, and the body that they have.</summary>
    public IReadOnlyList<int> Errors { get; init; } = [];

    /// <summary>Null: as the vendor has it.</summary>
    public Type? Failure { get; init; }

    public static ApiOperation? Of(HttpContext context) => context.GetEndpoint()?.Metadata.GetMetadata<ApiOperation>();
}

internal enum ApiCaller
{
    Key,
    Account,
}

/// <summary>One parameter of an address, or one field of a body.</summary>
internal sealed record ApiField(string Name, ApiFieldKind Kind, string Description)
{
    public bool IsRequired { get; init; }

    /// <summary>Null may be sent, and means something else than nothing.</summary>
    public bool IsNullable { get; init; }

    /// <summary>Of a number, in what is said of one that is none.</summary>
    public int Least { get; init; } = 1;

    /// <summary>The only texts that it may be; empty: any.</summary>
    public IReadOnlyList<string> Words { get; init; } = [];
}

internal enum ApiFieldKind
{
    Text,

    /// <summary>An integer of 32 bits.</summary>
    Number,

    Flag,

    /// <summary>A day of the calendar in UTC, <c>2026-11-27</c>.</summary>
    Day,

    /// <summary>A moment of RFC 3339.</summary>
    Time,

    /// <summary>Whatever the vendor takes there.</summary>
    Any,
}
