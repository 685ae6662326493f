using System.Collections.Concurrent;
using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using Orleans.Runtime;

namespace Orleans.CodeGeneration;

/// <summary>
/// Emits, once for each interface and process, the class of its references and for each method a class of its calls:
/// <code>
/// class Proxy : GrainReference, IFoo { Task&lt;int&gt; Bar(int a) { var c = CallPool&lt;Bar&gt;.Rent(); c.a0 = a; return c.SendTask(this); } }
/// class Bar : TaskCall&lt;int&gt; { int a0; Task&lt;int&gt; InvokeTask(object target) => ((IFoo)target).Bar(a0); ... }
/// </code>
/// Arguments stay in typed fields, so nothing is boxed and a call object can be used again.
/// </summary>
internal static class ProxyEmitter
{
    /// <summary>The name under which InternalsVisibleTo lets the emitted code in.</summary>
    public const string AssemblyName = "Orleans.Embedded.Proxies";

    private static readonly ConcurrentDictionary<Type, Proxy> Proxies = new();
    private static readonly Dictionary<Assembly, ModuleBuilder> Modules = [];
    private static readonly Lock Emitting = new();
    private static int s_number;

    public static Proxy For(Type interfaceType)
    {
        if (Proxies.TryGetValue(interfaceType, out var proxy)) return proxy;
        lock (Emitting)
        {
            if (!Proxies.TryGetValue(interfaceType, out proxy)) Proxies[interfaceType] = proxy = Emit(interfaceType);
            return proxy;
        }
    }

    private static Proxy Emit(Type interfaceType)
    {
        if (!interfaceType.IsInterface || !typeof(IAddressable).IsAssignableFrom(interfaceType))
            throw new ArgumentException($"{interfaceType} is not a grain or observer interface.", nameof(interfaceType));
        var module = ModuleFor(interfaceType.Assembly);
        var type = module.DefineType($"{interfaceType.Name}.Reference{s_number++}", TypeAttributes.Public | TypeAttributes.Sealed,
            typeof(GrainReference), [interfaceType]);
        var constructor = DefineConstructor(type, interfaceType);
        var creator = DefineCreator(type, constructor);
        foreach (var method in GrainInterfaces.MethodsOf(interfaceType)) DefineMethod(module, type, method);
        var created = type.CreateType();
        return new Proxy(created.GetMethod(creator.Name)!.CreateDelegate<Func<SiloRuntime, GrainId, GrainReference>>());
    }

    private static ModuleBuilder ModuleFor(Assembly interfaces)
    {
        if (Modules.TryGetValue(interfaces, out var module)) return module;
        var builder = AssemblyBuilder.DefineDynamicAssembly(new AssemblyName(AssemblyName), AssemblyBuilderAccess.Run);
        // Interfaces and contract types may be internal to their assembly.
        builder.SetCustomAttribute(new CustomAttributeBuilder(
            typeof(IgnoresAccessChecksToAttribute).GetConstructor([typeof(string)])!, [interfaces.GetName().Name!]));
        return Modules[interfaces] = builder.DefineDynamicModule(AssemblyName);
    }

    private static ConstructorBuilder DefineConstructor(TypeBuilder type, Type interfaceType)
    {
        var constructor = type.DefineConstructor(MethodAttributes.Public, CallingConventions.HasThis,
            [typeof(SiloRuntime), typeof(GrainId)]);
        var il = constructor.GetILGenerator();
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Ldarg_1);
        il.Emit(OpCodes.Ldarg_2);
        il.Emit(OpCodes.Ldtoken, interfaceType);
        il.Emit(OpCodes.Call, typeof(Type).GetMethod(nameof(Type.GetTypeFromHandle))!);
        il.Emit(OpCodes.Call, typeof(GrainReference).GetConstructor(BindingFlags.Instance | BindingFlags.NonPublic,
            [typeof(SiloRuntime), typeof(GrainId), typeof(Type)])!);
        il.Emit(OpCodes.Ret);
        return constructor;
    }

    private static MethodBuilder DefineCreator(TypeBuilder type, ConstructorBuilder constructor)
    {
        var creator = type.DefineMethod("Create$", MethodAttributes.Public | MethodAttributes.Static, typeof(GrainReference),
            [typeof(SiloRuntime), typeof(GrainId)]);
        var il = creator.GetILGenerator();
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Ldarg_1);
        il.Emit(OpCodes.Newobj, constructor);
        il.Emit(OpCodes.Ret);
        return creator;
    }

    private static void DefineMethod(ModuleBuilder module, TypeBuilder type, MethodInfo method)
    {
        var call = CallEmitter.Emit(module, method, s_number++);
        var parameters = method.GetParameters();
        var proxy = type.DefineMethod($"{method.DeclaringType!.FullName}.{method.Name}",
            MethodAttributes.Private | MethodAttributes.Virtual | MethodAttributes.Final | MethodAttributes.HideBySig
                | MethodAttributes.NewSlot, method.ReturnType, [.. parameters.Select(parameter => parameter.ParameterType)]);
        var il = proxy.GetILGenerator();
        il.Emit(OpCodes.Call, typeof(CallPool<>).MakeGenericType(call.Type).GetMethod("Rent")!);
        for (var i = 0; i < call.Arguments.Length; i++)
        {
            il.Emit(OpCodes.Dup);
            il.Emit(OpCodes.Ldarg, i + 1);
            il.Emit(OpCodes.Stfld, call.Arguments[i]);
        }
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Callvirt, call.Type.GetMethod("SendTask", BindingFlags.Instance | BindingFlags.Public)!);
        il.Emit(OpCodes.Ret);
        type.DefineMethodOverride(proxy, method);
    }

    internal sealed record Proxy(Func<SiloRuntime, GrainId, GrainReference> Create);
}
