using System.Collections.Concurrent;
using System.Linq.Expressions;
using System.Reflection;
using Orleans.CodeGeneration;
using Orleans.Runtime;
using Orleans.Serialization;

namespace Orleans.Gateway;

/// <summary>
/// A method as it crosses processes: its name, its signature, and functions compiled at its first use that write a call's arguments and that read
/// them and call. Immutable and safe from any thread.
/// </summary>
internal sealed class RemoteMethod
{
    private static readonly ConcurrentDictionary<MethodInfo, RemoteMethod> Methods = new();

    private readonly Lazy<Action<WireWriter, Call>> _write;
    private readonly Lazy<Func<object, WireReader, CancellationToken, object>> _invoke;
    private readonly Lazy<Codec?> _result;
    private readonly Lazy<Action<WireWriter, Task>> _writeResult;
    private FieldInfo[] _fields = [];

    private RemoteMethod(MethodInfo method)
    {
        Method = method;
        TakesToken = Array.Exists(method.GetParameters(), IsToken);
        var returned = method.ReturnType;
        IsSequence = returned.IsGenericType && returned.GetGenericTypeDefinition() == typeof(IAsyncEnumerable<>);
        ResultType = !returned.IsGenericType ? null : returned.GenericTypeArguments[0];
        Name = method.GetCustomAttribute<AliasAttribute>()?.Alias ?? method.Name;
        Signature = $"({string.Join(',', method.GetParameters().Where(p => !IsToken(p)).Select(p => TypeNames.Of(p.ParameterType)))})->{TypeNames.Of(returned)}";
        _write = new(CompileWrite);
        _invoke = new(CompileInvoke);
        _result = new(() => ResultType is null ? null : CodecFor(ResultType, "what it returns"));
        _writeResult = new(() => ResultType is null ? static (writer, _) => writer.Byte(0)
            : (Action<WireWriter, Task>)typeof(RemoteMethod).GetMethod(nameof(WriterOf), BindingFlags.Static | BindingFlags.NonPublic)!
                .MakeGenericMethod(ResultType).Invoke(null, [_result.Value])!);
    }

    public MethodInfo Method { get; }

    /// <summary>Its alias, else its name.</summary>
    public string Name { get; }

    /// <summary>Parameters and result by their aliases; a token is no part of it.</summary>
    public string Signature { get; }
    public bool TakesToken { get; }
    public bool IsSequence { get; }

    /// <summary>What its task or sequence gives; null for nothing.</summary>
    public Type? ResultType { get; }

    /// <exception cref="CodecNotFoundException">The result cannot be serialised.</exception>
    public Codec? Result => _result.Value;

    public static RemoteMethod Of(MethodInfo method) => Methods.GetOrAdd(method, static m => new RemoteMethod(m));

    /// <summary>Writes the arguments of a call of this method.</summary>
    public void WriteArguments(WireWriter writer, Call call)
    {
        if (_fields.Length == 0) _fields = call.Info.Arguments;
        _write.Value(writer, call);
    }

    /// <summary>Reads the arguments and calls: a task, or a sequence.</summary>
    public object Invoke(object reference, WireReader arguments, CancellationToken token) => _invoke.Value(reference, arguments, token);

    /// <summary>Writes what a task of this method has given.</summary>
    public void WriteResult(WireWriter writer, Task done) => _writeResult.Value(writer, done);

    public override string ToString() => $"{TypeNames.Of(Method.DeclaringType!)}.{Name}";

    private static Action<WireWriter, Task> WriterOf<T>(Codec<T> codec) => (writer, done) => codec.Write(writer, 0, ((Task<T>)done).Result);

    private static bool IsToken(ParameterInfo parameter) => parameter.ParameterType == typeof(CancellationToken);

    private Codec CodecFor(Type type, string what)
    {
        try
        {
            return CodecProvider.Shared.Get(type);
        }
        catch (CodecNotFoundException unknown)
        {
            throw new CodecNotFoundException($"{Method.DeclaringType}.{Method.Name}, {what}: {unknown.Message}");
        }
    }

    private Action<WireWriter, Call> CompileWrite()
    {
        var writer = Expression.Parameter(typeof(WireWriter));
        var call = Expression.Parameter(typeof(Call));
        var body = new List<Expression>();
        foreach (var (parameter, field) in Method.GetParameters().Zip(_fields))
        {
            if (IsToken(parameter)) continue;
            var codec = CodecFor(parameter.ParameterType, $"its parameter '{parameter.Name}'");
            body.Add(Expression.Call(Expression.Constant(codec), typeof(Codec<>).MakeGenericType(codec.Type).GetMethod("Write")!,
                writer, Expression.Constant(0u), Expression.Field(Expression.Convert(call, field.DeclaringType!), field)));
        }
        body.Add(Expression.Empty());
        return Expression.Lambda<Action<WireWriter, Call>>(Expression.Block(body), writer, call).Compile();
    }

    private Func<object, WireReader, CancellationToken, object> CompileInvoke()
    {
        var target = Expression.Parameter(typeof(object));
        var reader = Expression.Parameter(typeof(WireReader));
        var token = Expression.Parameter(typeof(CancellationToken));
        var arguments = Method.GetParameters().Select(Expression (parameter) =>
        {
            if (IsToken(parameter)) return token;
            var codec = CodecFor(parameter.ParameterType, $"its parameter '{parameter.Name}'");
            return Expression.Call(Expression.Constant(codec), typeof(Codec<>).MakeGenericType(codec.Type).GetMethod("Read")!,
                reader, Expression.Call(reader, nameof(WireReader.Kind), []));
        });
        Expression call = Expression.Call(Expression.Convert(target, Method.DeclaringType!), Method, arguments);
        if (Method.ReturnType == typeof(void)) call = Expression.Block(call, Expression.Constant(Task.CompletedTask));
        else if (Method.ReturnType.IsValueType) call = Expression.Call(call, nameof(ValueTask.AsTask), []);
        return Expression.Lambda<Func<object, WireReader, CancellationToken, object>>(
            Expression.Convert(call, typeof(object)), target, reader, token).Compile();
    }
}

/// <summary>An interface as it crosses processes: its name and its own methods, those it extends left to themselves.</summary>
internal sealed class RemoteInterface
{
    private static readonly ConcurrentDictionary<Type, RemoteInterface> Interfaces = new();

    private RemoteInterface(Type type)
    {
        Type = type;
        Name = TypeNames.Of(type);
        Methods = [.. GrainInterfaces.MethodsOf(type).Where(method => method.DeclaringType == type).Select(RemoteMethod.Of)];
    }

    public Type Type { get; }
    public string Name { get; }
    public RemoteMethod[] Methods { get; }

    public static RemoteInterface Of(Type type) => Interfaces.GetOrAdd(type, static t => new RemoteInterface(t));
}
