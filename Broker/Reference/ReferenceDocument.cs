using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Polydev.Broker.Reference;

/// <summary>
/// Describes every endpoint that bears an <see cref="ApiOperation"/>. The shapes of answers come from the contexts that write them, so that
/// they cannot part.
/// </summary>
internal sealed partial class ReferenceDocument(EndpointDataSource endpoints) : IOpenApiDocumentTransformer
{
    private const string Json = "application/json";
    private const string Bearer = "bearer";
    private const string Key = "api_key";
    private const string Token = "account_token";

    public async Task TransformAsync(
        OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        document.Info = new OpenApiInfo
        {
            Title = "Polydev",
            Version = "v1",
            Description = "The vendors' APIs, answered by the CLIs on your own machines, and the management of an account.",
        };
        document.Servers = [];
        document.Paths = [];
        document.AddComponent(Key, Scheme("pk-…", "An API key: what calls of /api/v1 are made with."));
        document.AddComponent(Token, Scheme(
            "pa_…",
            "An account token, for /api/manage/v1. A signed-in browser may ask too, by its session's cookie; its changes need the header "
                + "`x-polydev-request`."));
        foreach (var endpoint in endpoints.Endpoints.OfType<RouteEndpoint>())
        {
            foreach (var operation in endpoint.Metadata.GetOrderedMetadata<ApiOperation>())
            {
                await AddAsync(document, context, endpoint, operation, cancellationToken);
            }
        }
    }

    private static OpenApiSecurityScheme Scheme(string format, string description) => new()
    {
        Type = SecuritySchemeType.Http,
        Scheme = Bearer,
        BearerFormat = format,
        Description = description,
    };

    private static async Task AddAsync(
        OpenApiDocument document,
        OpenApiDocumentTransformerContext context,
        RouteEndpoint endpoint,
        ApiOperation operation,
        CancellationToken cancellationToken)
    {
        var address = operation.Address ?? CatchAll().Replace($"/{endpoint.RoutePattern.RawText!.TrimStart('/')}", "{");
        if (!document.Paths.TryGetValue(address, out var path))
        {
            document.Paths[address] = path = new OpenApiPathItem { Operations = [] };
        }

        // The one method that is no HEAD.
        var method = endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.First(one => one != HttpMethods.Head);
        path.Operations![HttpMethod.Parse(method)] =
            await DescribeAsync(document, context, address, operation, cancellationToken);
    }

    private static async Task<OpenApiOperation> DescribeAsync(
        OpenApiDocument document,
        OpenApiDocumentTransformerContext context,
        string address,
        ApiOperation operation,
        CancellationToken cancellationToken)
    {
        document.Tags ??= new HashSet<OpenApiTag>();
        document.Tags.Add(new OpenApiTag { Name = operation.Tag });
        var scheme = new OpenApiSecuritySchemeReference(operation.Caller == ApiCaller.Key ? Key : Token, document);
        var described = new OpenApiOperation
        {
            OperationId = operation.Id,
            Summary = operation.Summary,
            Description = operation.Description.Length > 0 ? operation.Description : null,
            Tags = new HashSet<OpenApiTagReference> { new(operation.Tag, document) },
            Security = [new OpenApiSecurityRequirement { [scheme] = [] }],
            Parameters = [.. ParametersOf(address, operation)],
            RequestBody = operation.Body.Count > 0 ? BodyOf(operation) : null,
            Responses = [],
        };
        described.Responses[Status(operation.Status)] = new OpenApiResponse
        {
            Description = "Done.",
            Content = operation.Status == StatusCodes.Status204NoContent
                ? null
                : Content(await SchemaAsync(document, context, operation.Answer, cancellationToken)),
        };
        foreach (var status in operation.Errors)
        {
            described.Responses[Status(status)] = new OpenApiResponse
            {
                Description = Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase(status),
                Content = Content(await SchemaAsync(document, context, operation.Failure, cancellationToken)),
            };
        }

        return described;
    }

    private static string Status(int status) => status.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static Dictionary<string, OpenApiMediaType> Content(IOpenApiSchema schema) =>
        new() { [Json] = new OpenApiMediaType { Schema = schema } };

    private static async Task<IOpenApiSchema> SchemaAsync(
        OpenApiDocument document, OpenApiDocumentTransformerContext context, Type? type, CancellationToken cancellationToken)
    {
        if (type is null)
        {
            return new OpenApiSchema { Description = "As the vendor has it." };
        }

        if (type.IsArray)
        {
            return new OpenApiSchema { Type = JsonSchemaType.Array, Items = new OpenApiSchema { Type = JsonSchemaType.Object } };
        }

        var name = ReferenceServices.NameOf(type);
        if (document.Components?.Schemas?.ContainsKey(name) != true)
        {
            document.AddComponent<IOpenApiSchema>(
                name, await context.GetOrCreateSchemaAsync(type, parameterDescription: null, cancellationToken));
        }

        return new OpenApiSchemaReference(name, document);
    }

    private static IEnumerable<IOpenApiParameter> ParametersOf(string address, ApiOperation operation) =>
    [
        .. Parameter().Matches(address).Select(match => new OpenApiParameter
        {
            Name = match.Groups[1].Value,
            In = ParameterLocation.Path,
            Required = true,
            Schema = new OpenApiSchema { Type = JsonSchemaType.String },
        }),
        .. operation.Query.Select(field => new OpenApiParameter
        {
            Name = field.Name,
            In = ParameterLocation.Query,
            Required = field.IsRequired,
            Description = field.Description,
            Schema = SchemaOf(field),
        }),
    ];

    private static OpenApiRequestBody BodyOf(ApiOperation operation) => new()
    {
        Required = true,
        Content = new Dictionary<string, OpenApiMediaType>
        {
            [Json] = new OpenApiMediaType
            {
                Schema = new OpenApiSchema
                {
                    Type = JsonSchemaType.Object,
                    Properties = operation.Body.ToDictionary(field => field.Name, SchemaOf),
                    Required = operation.Body.Where(field => field.IsRequired).Select(field => field.Name).ToHashSet(),
                    AdditionalPropertiesAllowed = operation.IsBodyOpen,
                },
            },
        },
    };

    private static IOpenApiSchema SchemaOf(ApiField field)
    {
        JsonSchemaType? type = field.Kind switch
        {
            ApiFieldKind.Any => null,
            ApiFieldKind.Number => JsonSchemaType.Integer,
            ApiFieldKind.Flag => JsonSchemaType.Boolean,
            _ => JsonSchemaType.String,
        };
        return new OpenApiSchema
        {
            Type = field.IsNullable ? type | JsonSchemaType.Null : type,
            Description = field.Description.Length > 0 ? field.Description : null,
            Enum = field.Words.Count > 0 ? [.. field.Words.Select(word => (JsonNode)word)] : null,
            Format = field.Kind switch
            {
                ApiFieldKind.Number => "int32",
                ApiFieldKind.Day => "date",
                ApiFieldKind.Time => "date-time",
                _ => null,
            },
        };
    }

    [GeneratedRegex(@"\{\*+")]
    private static partial Regex CatchAll();

    [GeneratedRegex(@"\{([^}:]+)[^}]*\}")]
    private static partial Regex Parameter();
}
